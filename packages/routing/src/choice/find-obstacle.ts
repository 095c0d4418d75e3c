import type { Candidate, IneligibleReason, RouteRequest } from './router.ts';

/** What the caller excluded is named first: it says more about this call than configuration and controls do. */
export function findObstacle(candidate: Candidate, request: RouteRequest): IneligibleReason | undefined {
  for (const { provider, reason } of request.excluded) if (provider === candidate.provider) return reason;
  if (candidate.countries && !candidate.countries.includes(request.country)) return 'country';
  const { control } = request;
  if (control?.drained?.includes(candidate.provider)) return 'drained';
  if (candidate.price !== undefined && control?.priceMax !== undefined && candidate.price > control.priceMax)
    return 'price';
  return undefined;
}
