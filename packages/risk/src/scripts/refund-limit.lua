-- refundLimit: takes one charge of charge-limit.lua back.
--
-- KEYS[1]  the limit: a string, TAT in microseconds of Redis' clock
-- ARGV[1]  limit, as it was charged
-- ARGV[2]  window in ms, as it was charged
-- returns  1 refunded | 0 nothing to refund (the bucket is full)
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2]) * 1000
local tat = tonumber(redis.call('GET', KEYS[1]) or '')
if not tat or limit < 1 then
  return 0
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local moved = tat - math.max(1, math.floor(window / limit))
if moved <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.0f', moved), 'PX', math.ceil((moved - now) / 1000) + 1)
end
return 1
