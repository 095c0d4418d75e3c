-- chargeLimit: one charge against one limit, by the generic cell rate algorithm (GCRA).
--
-- A limit of n per window is a bucket of n that refills evenly over the window. What is kept is one number, the theoretical
-- arrival time (TAT): the moment at which the bucket will be full again. Each charge moves it on by window / n; a charge that
-- would move it further than one window ahead is refused and changes nothing.
--
-- KEYS[1]  the limit: a string, TAT in microseconds of Redis' clock
-- ARGV[1]  limit, a whole number; 0 refuses everything
-- ARGV[2]  window in ms
-- returns  {1, 0} allowed | {0, retryAfterMs} refused; retryAfterMs is at least 1
--
-- The key expires when the bucket is full. Redis 6.2 and newer: TIME before a write is fine, since effects are replicated.
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2]) * 1000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
if limit < 1 then
  return {0, tonumber(ARGV[2])}
end

-- Whole microseconds, rounded down, so that exactly n charges fit into a full bucket.
local interval = math.max(1, math.floor(window / limit))
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local moved = tat + interval
if moved - now > window then
  return {0, math.max(1, math.ceil((moved - now - window) / 1000))}
end

-- %.0f, as Lua would write 16 digits in scientific notation and lose the last of them.
redis.call('SET', KEYS[1], string.format('%.0f', moved), 'PX', math.ceil((moved - now) / 1000) + 1)
return {1, 0}
