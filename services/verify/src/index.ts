export { verify } from './service.ts';
