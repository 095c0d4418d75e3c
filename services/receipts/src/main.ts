import { runMain } from '@watchword/runtime';
import { receipts } from './service.ts';

await runMain({ name: 'receipts', services: [receipts], env: process.env });
