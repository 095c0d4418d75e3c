-- Ten questions to what `watchword export` writes, for DuckDB 1.3 or newer. In the folder with the files:
--
--     duckdb -echo -f ten-questions.sql
--
-- or from elsewhere after  SET file_search_path = '/path/to/the/files';
-- All times are UTC. Every statement is tested against a history whose answers are known.

-- Kafka may hold an event twice, and an attempt or a minute in several versions: the views have each once, in its last one.

CREATE OR REPLACE TEMP VIEW attempt AS
SELECT * FROM read_parquet('attempts.parquet')
QUALIFY row_number() OVER (PARTITION BY attempt_id ORDER BY version DESC, settled_at DESC) = 1;

CREATE OR REPLACE TEMP VIEW receipt AS
SELECT * FROM read_parquet('receipts.parquet')
QUALIFY row_number() OVER (PARTITION BY event_id) = 1;

CREATE OR REPLACE TEMP VIEW outcome AS
SELECT * FROM read_parquet('outcomes.parquet')
QUALIFY row_number() OVER (PARTITION BY verification_id ORDER BY version DESC) = 1;

CREATE OR REPLACE TEMP VIEW quality AS
SELECT * FROM read_parquet('quality.parquet')
QUALIFY row_number() OVER (PARTITION BY channel, provider, country, operator, minute ORDER BY revision DESC) = 1;

-- What went out, and what became of it. A code converts within 180 s or not at all, so attempts of the last 180 s are left
-- out: they would look worse than they are. An attempt that was rejected did not go out.
CREATE OR REPLACE TEMP VIEW gone_out AS
WITH word AS (
    SELECT
        attempt_id,
        bool_or(status = 'delivered') AS delivered,
        bool_or(status IN ('undelivered', 'expired', 'rejected')) AS failed,
        min(received_at) FILTER (status = 'delivered') AS delivered_at,
        max(actual_operator) AS actual_operator,
        max(price_amount) AS price_amount,
        max(price_currency) AS price_currency
    FROM receipt
    GROUP BY attempt_id
)
SELECT
    attempt.* EXCLUDE (price_amount, price_currency),
    coalesce(word.delivered, false) AS delivered,
    coalesce(word.failed AND NOT word.delivered, false) AS undelivered,
    word.delivered_at,
    coalesce(word.actual_operator, attempt.operator) AS network,
    -- what the provider charged, else what the configuration says
    coalesce(word.price_amount, attempt.price_amount) AS price_amount,
    coalesce(word.price_currency, attempt.price_currency) AS price_currency,
    coalesce(outcome.ended_at <= attempt.claimed_at + INTERVAL 180 SECONDS, false) AS converted,
    outcome.ended_at AS typed_at
FROM attempt
LEFT JOIN word USING (attempt_id)
LEFT JOIN outcome ON outcome.attempt_id = attempt.attempt_id AND outcome.outcome = 'approved'
WHERE attempt.state <> 'rejected'
  AND attempt.claimed_at <= (SELECT max(settled_at) FROM attempt) - INTERVAL 180 SECONDS;

-- Without what was canceled: nobody waited for those codes. The quality stream counts the same way.
CREATE OR REPLACE TEMP VIEW sent AS
SELECT * FROM gone_out
WHERE verification_id NOT IN (SELECT verification_id FROM outcome WHERE outcome = 'canceled');

-- Wilson's 95 % interval of k of n.
CREATE OR REPLACE TEMP MACRO wilson_low(k, n) AS
    greatest(0, (k + 1.920729) / (n + 3.841459) - 1.959964 * sqrt(k * (n - k) / n + 0.960365) / (n + 3.841459));
CREATE OR REPLACE TEMP MACRO wilson_high(k, n) AS
    (k + 1.920729) / (n + 3.841459) + 1.959964 * sqrt(k * (n - k) / n + 0.960365) / (n + 3.841459);

-- 1. How well does each provider convert in each country, and how sure is that?
SELECT
    channel, country, provider,
    count(*) AS submitted,
    count(*) FILTER (converted) AS converted,
    round(avg(converted::INT), 4) AS conversion,
    round(wilson_low(count(*) FILTER (converted), count(*)), 4) AS low,
    round(wilson_high(count(*) FILTER (converted), count(*)), 4) AS high
FROM sent
GROUP BY ALL
ORDER BY channel, country, conversion DESC, provider;

-- 2. Which provider's receipts lie? Of what it calls delivered, far less is typed than of what others call so in the same
-- country: even the upper end of its interval is below half of the best other's lower end.
WITH word AS (
    SELECT
        channel, country, provider,
        count(*) AS delivered,
        count(*) FILTER (converted) AS typed,
        wilson_low(count(*) FILTER (converted), count(*)) AS low,
        wilson_high(count(*) FILTER (converted), count(*)) AS high
    FROM sent
    WHERE delivered
    GROUP BY ALL
),
beside AS (
    SELECT word.*, max(other.low) AS best_other_low
    FROM word
    LEFT JOIN word AS other
        ON other.channel = word.channel AND other.country = word.country AND other.provider <> word.provider
    GROUP BY ALL
)
SELECT
    channel, country, provider, delivered, typed,
    round(typed / delivered, 4) AS typed_share,
    round(best_other_low, 4) AS best_other_low,
    coalesce(high < best_other_low / 2, false) AS lies
FROM beside
ORDER BY lies DESC, typed_share, channel, country, provider;

-- 3. How long until the receipt says delivered, and until the code is typed? In seconds.
SELECT
    channel, provider,
    round(quantile_cont(epoch(delivered_at - claimed_at), 0.5), 1) AS delivered_p50_s,
    round(quantile_cont(epoch(delivered_at - claimed_at), 0.95), 1) AS delivered_p95_s,
    round(quantile_cont(epoch(typed_at - claimed_at), 0.5), 1) AS typed_p50_s,
    round(quantile_cont(epoch(typed_at - claimed_at), 0.95), 1) AS typed_p95_s,
    round(quantile_cont(epoch_ms(settled_at) - epoch_ms(claimed_at), 0.95), 0) AS call_p95_ms
FROM sent
GROUP BY ALL
ORDER BY channel, typed_p50_s, provider;

-- 4. What does a converted code cost? Whatever went out is paid for, whether it was typed or not, and canceled too.
SELECT
    channel, country, provider, price_currency AS currency,
    sum(price_amount) AS spent,
    count(*) FILTER (converted) AS converted,
    round((sum(price_amount) / nullif(count(*) FILTER (converted), 0))::DECIMAL(18, 6), 6) AS per_conversion
FROM gone_out
WHERE price_amount IS NOT NULL
GROUP BY ALL
ORDER BY channel, country, currency, per_conversion, provider;

-- 5. What did failover save? Verifications whose first attempt was definitely refused, and what became of them by others.
WITH first_refused AS (
    SELECT verification_id, provider
    FROM attempt
    WHERE state = 'rejected' AND attempt_id = verification_id || '.1'
)
SELECT
    first_refused.provider,
    count(*) AS refused_first,
    count(*) FILTER (outcome.outcome = 'approved') AS saved,
    round(avg((outcome.outcome = 'approved')::INT), 4) AS saved_share
FROM first_refused
JOIN outcome USING (verification_id)
GROUP BY ALL
ORDER BY saved DESC, first_refused.provider;

-- 6. Do resends help? Of the verifications that got an n-th send: how many were approved by its own code, how many by an older one.
WITH nth AS (
    SELECT verification_id, send, bool_or(attempt.attempt_id = outcome.attempt_id) AS own
    FROM attempt JOIN outcome USING (verification_id)
    WHERE attempt.state <> 'rejected'
    GROUP BY ALL
)
SELECT
    nth.send,
    count(*) AS verifications,
    count(*) FILTER (outcome.outcome = 'approved' AND own) AS approved_by_it,
    count(*) FILTER (outcome.outcome = 'approved' AND approving.send < nth.send) AS approved_by_older,
    round(avg(coalesce(outcome.outcome = 'approved' AND own, false)::INT), 4) AS share
FROM nth
JOIN outcome USING (verification_id)
LEFT JOIN attempt AS approving ON approving.attempt_id = outcome.attempt_id
GROUP BY ALL
ORDER BY nth.send;

-- 7. Into which networks is delivery worst? By the network that the number is in where receipts tell it (`ported`: it is not the one
-- that the number was given to), else by the one that it was given to. Under 50 messages nothing is said.
SELECT
    country, network,
    count(*) AS submitted,
    round(avg(delivered::INT), 4) AS delivered_share,
    round(avg(converted::INT), 4) AS conversion,
    round(avg((network <> operator)::INT), 4) AS ported_share
FROM sent
WHERE network <> ''
GROUP BY ALL
HAVING count(*) >= 50
ORDER BY conversion, country, network;

-- 8. When in the day does delivery suffer?
SELECT
    hour(claimed_at) AS hour_utc,
    count(*) AS submitted,
    round(avg(converted::INT), 4) AS conversion,
    round(quantile_cont(epoch_ms(settled_at) - epoch_ms(claimed_at), 0.95), 0) AS call_p95_ms
FROM sent
GROUP BY ALL
ORDER BY hour_utc;

-- 9. How long were breakers open, and receipts taken for fakes? In minutes of a cell in which something was published.
SELECT
    channel, country, provider,
    count(*) AS minutes,
    count(*) FILTER (breaker = 'open') AS open,
    count(*) FILTER (breaker = 'half_open') AS half_open,
    count(*) FILTER (fake_receipts) AS fake_receipts
FROM quality
GROUP BY ALL
HAVING count(*) FILTER (breaker <> 'closed' OR fake_receipts) > 0
ORDER BY open DESC, channel, country, provider;

-- 10. What is a choice worth? For each of the router's rules: what its attempts converted, and what they would have if all had gone to the
-- provider that did best in their country (of those with 100 messages or more). Exploring costs what it is short of that, and is how the best is known.
WITH best AS (
    SELECT channel, country, avg(converted::INT) AS conversion
    FROM sent
    GROUP BY channel, country, provider
    HAVING count(*) >= 100
    QUALIFY row_number() OVER (PARTITION BY channel, country ORDER BY avg(converted::INT) DESC) = 1
)
SELECT
    decision_rule,
    count(*) AS submitted,
    round(avg(converted::INT), 4) AS conversion,
    round(avg(best.conversion), 4) AS conversion_by_best,
    round(sum(best.conversion) - count(*) FILTER (converted), 1) AS conversions_short
FROM sent JOIN best USING (channel, country)
GROUP BY ALL
ORDER BY submitted DESC, decision_rule;
