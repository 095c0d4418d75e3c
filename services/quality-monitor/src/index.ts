export { qualityMonitor } from './service.ts';
