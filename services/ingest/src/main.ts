import { runMain } from '@watchword/runtime';
import { ingest } from './service.ts';

await runMain({ name: 'ingest', services: [ingest], env: process.env });
