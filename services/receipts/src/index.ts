export { receipts } from './service.ts';
