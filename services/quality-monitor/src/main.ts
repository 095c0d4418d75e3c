import { runMain } from '@watchword/runtime';
import { qualityMonitor } from './service.ts';

await runMain({ name: 'quality-monitor', services: [qualityMonitor], env: process.env });
