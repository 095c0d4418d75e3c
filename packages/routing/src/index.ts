export type {
  Candidate,
  ExclusionReason,
  IneligibleReason,
  RouteChoice,
  RouteDecision,
  Router,
  RouteRequest,
} from './router.ts';
export { createStaticRouter } from './static-router.ts';
