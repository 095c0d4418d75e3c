export { createDeliveryQueue } from './delivery-queue.ts';
export type { DeliveryQueue, DeliveryQueueOptions } from './delivery-queue.ts';
export { createDeliveryWorker } from './delivery-worker.ts';
export type { DeliveryWorker, DeliveryWorkerOptions } from './delivery-worker.ts';
export type { QueueConnection } from './connection.ts';
export type { DeliveryJob } from './delivery-job.ts';
export type { HandleJob, JobContext, JobResult } from './process-job.ts';
export { computeBackoff } from './back-off.ts';
export type { BackOff } from './back-off.ts';
