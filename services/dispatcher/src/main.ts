import { runMain } from '@watchword/runtime';
import { dispatcher } from './service.ts';

await runMain({ name: 'dispatcher', services: [dispatcher], env: process.env });
