export { ROLES, type Deployment, type Role } from './deployment.ts';
export type { StageHome } from './home.ts';
export type { Instance, InstanceFigures } from './instance.ts';
export { whyNoOwnDisk } from './kafka.ts';
export { openStage, type EngineKind, type Stage } from './open-stage.ts';
export { withRedis } from './redis.ts';
export { authorizationOf, messageStatus } from './vonage-webhook.ts';
export { percentile } from './percentile.ts';
