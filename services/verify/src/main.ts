import { runMain } from '@watchword/runtime';
import { verify } from './service.ts';

await runMain({ name: 'verify', services: [verify], env: process.env });
