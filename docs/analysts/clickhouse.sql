-- Watchword's topics in ClickHouse (24.8 or newer): for each topic a queue that reads Kafka, a table that keeps it, and a view
-- between the two. Set the brokers, the group and, where `kafka.topic_prefix` is set, the topics' names. Then:
--
--     clickhouse-client --multiquery < clickhouse.sql
--
-- Delivery is at least once: ReplacingMergeTree keeps the last version of each row, some time later. Ask with FINAL, or by
-- argMax, where that matters. Neither tags of codes nor hashes of keys are taken over. Rows whose JSON cannot be read go to otp_unread.

CREATE DATABASE IF NOT EXISTS watchword;

-- Attempts --------------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS watchword.otp_attempt_queue (raw String)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = 'localhost:9092',
    kafka_topic_list = 'otp.attempt.v1',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONAsString',
    kafka_num_consumers = 1,
    kafka_handle_error_mode = 'stream';

CREATE TABLE IF NOT EXISTS watchword.otp_attempt (
    verification_id String,
    attempt_id String,
    version UInt32,
    tenant LowCardinality(String),
    purpose LowCardinality(String),
    provider LowCardinality(String),
    channel LowCardinality(String),
    country LowCardinality(String),
    operator LowCardinality(String),
    step UInt8,
    send UInt16,
    generation UInt16,
    state LowCardinality(String),
    error LowCardinality(String),
    provider_code LowCardinality(String),
    provider_message_id String,
    claimed_at DateTime64(3, 'UTC'),
    settled_at DateTime64(3, 'UTC'),
    taken_over Bool,
    revised Bool,
    withdrawn Bool,
    send_state LowCardinality(String),
    price_amount Nullable(Decimal(18, 6)),
    price_currency LowCardinality(String),
    decision_rule LowCardinality(String),
    decision String
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(claimed_at)
ORDER BY (tenant, channel, country, provider, claimed_at, attempt_id)
TTL toDateTime(claimed_at) + INTERVAL 400 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_attempt_view TO watchword.otp_attempt AS
SELECT
    JSONExtractString(raw, 'verification_id') AS verification_id,
    JSONExtractString(raw, 'attempt_id') AS attempt_id,
    JSONExtractUInt(raw, 'version') AS version,
    JSONExtractString(raw, 'tenant') AS tenant,
    JSONExtractString(raw, 'purpose') AS purpose,
    JSONExtractString(raw, 'provider') AS provider,
    JSONExtractString(raw, 'channel') AS channel,
    JSONExtractString(raw, 'country') AS country,
    JSONExtractString(raw, 'operator') AS operator,
    JSONExtractUInt(raw, 'step') AS step,
    JSONExtractUInt(raw, 'send') AS send,
    JSONExtractUInt(raw, 'generation') AS generation,
    JSONExtractString(raw, 'state') AS state,
    JSONExtractString(raw, 'error') AS error,
    JSONExtractString(raw, 'provider_code') AS provider_code,
    JSONExtractString(raw, 'provider_message_id') AS provider_message_id,
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'claimed_at'), 'UTC') AS claimed_at,
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'settled_at'), 'UTC') AS settled_at,
    JSONExtractBool(raw, 'taken_over') AS taken_over,
    JSONExtractBool(raw, 'revised') AS revised,
    JSONExtractBool(raw, 'withdrawn') AS withdrawn,
    JSONExtractString(raw, 'send_state') AS send_state,
    toDecimal64OrNull(JSONExtractString(raw, 'price', 'amount'), 6) AS price_amount,
    JSONExtractString(raw, 'price', 'currency') AS price_currency,
    JSONExtractString(raw, 'decision', 'rule') AS decision_rule,
    JSONExtractRaw(raw, 'decision') AS decision
FROM watchword.otp_attempt_queue
WHERE length(_error) = 0;

-- Receipts --------------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS watchword.otp_receipt_queue (raw String)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = 'localhost:9092',
    kafka_topic_list = 'otp.receipt.v1',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONAsString',
    kafka_num_consumers = 1,
    kafka_handle_error_mode = 'stream';

CREATE TABLE IF NOT EXISTS watchword.otp_receipt (
    verification_id String,
    attempt_id String,
    provider LowCardinality(String),
    channel LowCardinality(String),
    country LowCardinality(String),
    operator LowCardinality(String),
    actual_operator LowCardinality(String),
    network_code LowCardinality(String),
    generation UInt16,
    submitted_at Nullable(DateTime64(3, 'UTC')),
    status LowCardinality(String),
    previous LowCardinality(String),
    error LowCardinality(String),
    permanent Nullable(Bool),
    converted Bool,
    withdrawn Bool,
    raw_status LowCardinality(String),
    raw_code LowCardinality(String),
    provider_message_id String,
    price_amount Nullable(Decimal(18, 6)),
    price_currency LowCardinality(String),
    occurred_at Nullable(DateTime64(3, 'UTC')),
    received_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (channel, provider, attempt_id, provider_message_id, raw_status, raw_code)
TTL toDateTime(received_at) + INTERVAL 400 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_receipt_view TO watchword.otp_receipt AS
SELECT
    JSONExtractString(raw, 'verification_id') AS verification_id,
    JSONExtractString(raw, 'attempt_id') AS attempt_id,
    JSONExtractString(raw, 'provider') AS provider,
    JSONExtractString(raw, 'channel') AS channel,
    JSONExtractString(raw, 'country') AS country,
    JSONExtractString(raw, 'operator') AS operator,
    JSONExtractString(raw, 'actual_operator') AS actual_operator,
    JSONExtractString(raw, 'network_code') AS network_code,
    JSONExtractUInt(raw, 'generation') AS generation,
    if(JSONHas(raw, 'submitted_at'), fromUnixTimestamp64Milli(JSONExtractInt(raw, 'submitted_at'), 'UTC'), NULL) AS submitted_at,
    JSONExtractString(raw, 'status') AS status,
    JSONExtractString(raw, 'previous') AS previous,
    JSONExtractString(raw, 'error') AS error,
    if(JSONHas(raw, 'permanent'), JSONExtractBool(raw, 'permanent'), NULL) AS permanent,
    JSONExtractBool(raw, 'converted') AS converted,
    JSONExtractBool(raw, 'withdrawn') AS withdrawn,
    JSONExtractString(raw, 'raw_status') AS raw_status,
    JSONExtractString(raw, 'raw_code') AS raw_code,
    JSONExtractString(raw, 'provider_message_id') AS provider_message_id,
    toDecimal64OrNull(JSONExtractString(raw, 'price', 'amount'), 6) AS price_amount,
    JSONExtractString(raw, 'price', 'currency') AS price_currency,
    if(JSONHas(raw, 'occurred_at'), fromUnixTimestamp64Milli(JSONExtractInt(raw, 'occurred_at'), 'UTC'), NULL) AS occurred_at,
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'received_at'), 'UTC') AS received_at
FROM watchword.otp_receipt_queue
WHERE length(_error) = 0;

-- Outcomes --------------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS watchword.otp_outcome_queue (raw String)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = 'localhost:9092',
    kafka_topic_list = 'otp.outcome.v1',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONAsString',
    kafka_num_consumers = 1,
    kafka_handle_error_mode = 'stream';

CREATE TABLE IF NOT EXISTS watchword.otp_outcome (
    verification_id String,
    version UInt32,
    tenant LowCardinality(String),
    purpose LowCardinality(String),
    outcome LowCardinality(String),
    created_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    checks_used UInt16,
    attempts UInt16,
    generation UInt16,
    attempt_id String,
    provider LowCardinality(String),
    channel LowCardinality(String),
    country LowCardinality(String),
    operator LowCardinality(String),
    submitted_at Nullable(DateTime64(3, 'UTC')),
    receipt LowCardinality(String),
    withdrawn String
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (tenant, created_at, verification_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_outcome_view TO watchword.otp_outcome AS
SELECT
    JSONExtractString(raw, 'verification_id') AS verification_id,
    JSONExtractUInt(raw, 'version') AS version,
    JSONExtractString(raw, 'tenant') AS tenant,
    JSONExtractString(raw, 'purpose') AS purpose,
    JSONExtractString(raw, 'outcome') AS outcome,
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'created_at'), 'UTC') AS created_at,
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'ended_at'), 'UTC') AS ended_at,
    JSONExtractUInt(raw, 'checks_used') AS checks_used,
    JSONExtractUInt(raw, 'attempts') AS attempts,
    JSONExtractUInt(raw, 'generation') AS generation,
    JSONExtractString(raw, 'attempt_id') AS attempt_id,
    JSONExtractString(raw, 'provider') AS provider,
    JSONExtractString(raw, 'channel') AS channel,
    JSONExtractString(raw, 'country') AS country,
    JSONExtractString(raw, 'operator') AS operator,
    if(JSONHas(raw, 'submitted_at'), fromUnixTimestamp64Milli(JSONExtractInt(raw, 'submitted_at'), 'UTC'), NULL) AS submitted_at,
    JSONExtractString(raw, 'receipt') AS receipt,
    JSONExtractRaw(raw, 'withdrawn') AS withdrawn
FROM watchword.otp_outcome_queue
WHERE length(_error) = 0;

-- Quality ---------------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS watchword.otp_quality_queue (raw String)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = 'localhost:9092',
    kafka_topic_list = 'otp.quality.v1',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONAsString',
    kafka_num_consumers = 1,
    kafka_handle_error_mode = 'stream';

CREATE TABLE IF NOT EXISTS watchword.otp_quality (
    minute DateTime64(3, 'UTC'),
    revision UInt32,
    provider LowCardinality(String),
    channel LowCardinality(String),
    country LowCardinality(String),
    operator LowCardinality(String),
    submitted UInt32,
    withdrawn UInt32,
    converted UInt32,
    delivered UInt32,
    undelivered UInt32,
    errors Map(String, UInt64),
    conversion Nullable(Float64),
    conversion_low Nullable(Float64),
    conversion_high Nullable(Float64),
    receipt_rate Nullable(Float64),
    price_amount Nullable(Decimal(18, 6)),
    price_currency LowCardinality(String),
    price_per_conversion_amount Nullable(Decimal(18, 6)),
    price_per_conversion_currency LowCardinality(String),
    call_p50_ms Nullable(UInt32),
    call_p95_ms Nullable(UInt32),
    conversion_p50_ms Nullable(UInt32),
    conversion_p95_ms Nullable(UInt32),
    score Nullable(Float64),
    score_n Nullable(Float64),
    breaker LowCardinality(String),
    fake_receipts Bool
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(minute)
ORDER BY (channel, country, provider, operator, minute)
TTL toDateTime(minute) + INTERVAL 400 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_quality_view TO watchword.otp_quality AS
SELECT
    fromUnixTimestamp64Milli(JSONExtractInt(raw, 'minute'), 'UTC') AS minute,
    JSONExtractUInt(raw, 'revision') AS revision,
    JSONExtractString(raw, 'provider') AS provider,
    JSONExtractString(raw, 'channel') AS channel,
    JSONExtractString(raw, 'country') AS country,
    JSONExtractString(raw, 'operator') AS operator,
    JSONExtractUInt(raw, 'submitted') AS submitted,
    JSONExtractUInt(raw, 'withdrawn') AS withdrawn,
    JSONExtractUInt(raw, 'converted') AS converted,
    JSONExtractUInt(raw, 'delivered') AS delivered,
    JSONExtractUInt(raw, 'undelivered') AS undelivered,
    CAST(JSONExtractKeysAndValues(raw, 'errors', 'UInt64'), 'Map(String, UInt64)') AS errors,
    JSONExtract(raw, 'conversion', 'Nullable(Float64)') AS conversion,
    JSONExtract(raw, 'conversion_low', 'Nullable(Float64)') AS conversion_low,
    JSONExtract(raw, 'conversion_high', 'Nullable(Float64)') AS conversion_high,
    JSONExtract(raw, 'receipt_rate', 'Nullable(Float64)') AS receipt_rate,
    toDecimal64OrNull(JSONExtractString(raw, 'price', 'amount'), 6) AS price_amount,
    JSONExtractString(raw, 'price', 'currency') AS price_currency,
    toDecimal64OrNull(JSONExtractString(raw, 'price_per_conversion', 'amount'), 6) AS price_per_conversion_amount,
    JSONExtractString(raw, 'price_per_conversion', 'currency') AS price_per_conversion_currency,
    JSONExtract(raw, 'call_p50_ms', 'Nullable(UInt32)') AS call_p50_ms,
    JSONExtract(raw, 'call_p95_ms', 'Nullable(UInt32)') AS call_p95_ms,
    JSONExtract(raw, 'conversion_p50_ms', 'Nullable(UInt32)') AS conversion_p50_ms,
    JSONExtract(raw, 'conversion_p95_ms', 'Nullable(UInt32)') AS conversion_p95_ms,
    JSONExtract(raw, 'score', 'Nullable(Float64)') AS score,
    JSONExtract(raw, 'score_n', 'Nullable(Float64)') AS score_n,
    JSONExtractString(raw, 'breaker') AS breaker,
    JSONExtractBool(raw, 'fake_receipts') AS fake_receipts
FROM watchword.otp_quality_queue
WHERE length(_error) = 0;

-- What could not be read ------------------------------------------------------------------------------------------------------
-- Only where it is and why: what is in it is nobody's business here.

CREATE TABLE IF NOT EXISTS watchword.otp_unread (
    topic LowCardinality(String),
    kafka_partition UInt64,
    kafka_offset UInt64,
    error String,
    seen_at DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY (topic, seen_at)
TTL seen_at + INTERVAL 30 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_attempt_unread TO watchword.otp_unread AS
SELECT _topic AS topic, _partition AS kafka_partition, _offset AS kafka_offset, _error AS error, now('UTC') AS seen_at
FROM watchword.otp_attempt_queue
WHERE length(_error) > 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_receipt_unread TO watchword.otp_unread AS
SELECT _topic AS topic, _partition AS kafka_partition, _offset AS kafka_offset, _error AS error, now('UTC') AS seen_at
FROM watchword.otp_receipt_queue
WHERE length(_error) > 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_outcome_unread TO watchword.otp_unread AS
SELECT _topic AS topic, _partition AS kafka_partition, _offset AS kafka_offset, _error AS error, now('UTC') AS seen_at
FROM watchword.otp_outcome_queue
WHERE length(_error) > 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS watchword.otp_quality_unread TO watchword.otp_unread AS
SELECT _topic AS topic, _partition AS kafka_partition, _offset AS kafka_offset, _error AS error, now('UTC') AS seen_at
FROM watchword.otp_quality_queue
WHERE length(_error) > 0;
