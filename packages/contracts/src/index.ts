export * from './words.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './topics.ts';
export * from './events.ts';
export { parseEvent, type EventData } from './parse-event.ts';
export * from './api.ts';
export * from './paths.ts';
export { renderOpenApi } from './openapi.ts';
