--[[
What a bucket has to do: deadlines that are due, and events that still wait in its outbox. Notices that Redis has lost the
bucket or may have lost its last seconds, and begins its recovery; deadlines wait while its events are being read.
KEYS  1 deadlines  2 outbox  3 marker
ARGV  1 most deadlines  2 most events (0: none, their bodies are what costs)  3 stream id to go on after ('' from the oldest)
      4 only events at least this old, ms  5 ms read again after a restart  6 ms read again where all is gone
      7 ms after which it is written again that the bucket was seen whole
Returns {now, {member, ...}, stream id of the oldest event ('' none), {{stream id, {field, value, ...}}, ...},
         'ready' | 'reading' | 'settling', noticed at, read from}     noticed and from: 0 where it is ready
Events: none
]]
local now = clock()
beginRecovery(KEYS[3], now, tonumber(ARGV[5]), tonumber(ARGV[6]))
local m = fields(KEYS[3], 'st', 'si', 'fr', 'se')
if m.st == 'ready' and now - (tonumber(m.se) or 0) >= tonumber(ARGV[7]) then
  redis.call('HSET', KEYS[3], 'se', text(now))
end
local due = {}
if m.st ~= 'reading' then
  due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, ARGV[1])
end
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local waiting = {}
if oldest and tonumber(ARGV[2]) > 0 then
  local from = ARGV[3] == '' and '-' or '(' .. ARGV[3]
  waiting = redis.call('XRANGE', KEYS[2], from, text(now - tonumber(ARGV[4])), 'COUNT', ARGV[2])
end
return { now, due, oldest and oldest[1] or '', waiting, m.st, tonumber(m.si) or 0, tonumber(m.fr) or 0 }
