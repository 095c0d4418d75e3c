export { dispatcher } from './service.ts';
