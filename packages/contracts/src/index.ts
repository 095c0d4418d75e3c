export {
  BREAKER_STATES,
  CHANNELS,
  Channel,
  ERROR_CLASSES,
  ErrorClass,
  OUTCOMES,
  Outcome,
  RECEIPT_STATUSES,
  RECIPIENT_FAULTS,
  ReceiptStatus,
  receiptRank,
  type AttemptState,
  type BreakerState,
} from './words.ts';
export { BaseError, ERROR_CODES, type ErrorCode } from './errors.ts';
export { BUCKETS, attemptId, createVerificationId, parseAttemptId, parseVerificationId } from './ids.ts';
export {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  CONTROL_TOPIC,
  DELIVERY_GROUP,
  DISPATCHER_GROUP,
  QUALITY_GROUP,
  INGEST_GROUP,
  INGRESS_RESULT_TOPIC,
  OUTCOME_TOPIC,
  QUALITY_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  TOPICS,
  deadLetterTopic,
  deliveryQueueName,
  ingressTopic,
  ingressTopicSpec,
  type TopicSpec,
} from './topics.ts';
export {
  AttemptEvent,
  CheckEvent,
  EVENTS,
  IngressResultEvent,
  OutcomeEvent,
  ReceiptEvent,
  RequestEvent,
  WorkflowStep,
  type EventTopic,
} from './events.ts';
export {
  CONTROL_EXPLORE_MAX,
  CONTROL_REASON_MAX,
  ControlEvent,
  UNSET_BY_HEADER,
  controlKey,
  isControlKey,
  type ControlScope,
} from './control.ts';
export { parseControl } from './parse-control.ts';
export { QualityEvent, qualityCell, qualityEventId } from './quality-event.ts';
export { parseEvent, type EventData } from './parse-event.ts';
export {
  CheckAnswer,
  IdempotencyHeaders,
  JwkSet,
  PURPOSE_DEFAULT,
  Problem,
  RoutingView,
  SEALED_ADDRESS_MAX,
  SendAnswer,
  StartRequest,
  VerificationView,
} from './api.ts';
export {
  QUALITY_CELLS_MAX,
  QUALITY_ROWS_MAX,
  QUALITY_STEPS,
  QualityAnswer,
  QualityCell,
  QualityJudgement,
  QualityQuery,
} from './quality-api.ts';
export { PATHS, contentTypeOf, routerPath, type AnswerSpec, type Operation, type PathSpec } from './paths.ts';
export { renderAsyncApi } from './asyncapi.ts';
export { renderOpenApi } from './openapi.ts';
export { eventHeaders } from './event-headers.ts';
