import { runMain } from '@watchword/runtime';
import { delivery, parseChannel } from './service.ts';

const channel = parseChannel(process.env['CHANNEL']);
await runMain({ name: `delivery-${channel}`, services: [delivery([channel], process.env['DEBUG'])], env: process.env });
