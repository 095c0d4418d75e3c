--[[
What a bucket has to do: deadlines that are due, and events that still wait in its outbox.
KEYS  1 deadlines  2 outbox
ARGV  1 most deadlines  2 most events (0: none, their bodies are what costs)  3 stream id to go on after ('' from the oldest)
      4 only events at least this old, ms
Returns {now, {member, ...}, stream id of the oldest event ('' none), {{stream id, {field, value, ...}}, ...}}
Events: none
]]
local now = clock()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, ARGV[1])
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local waiting = {}
if oldest and tonumber(ARGV[2]) > 0 then
  local from = ARGV[3] == '' and '-' or '(' .. ARGV[3]
  waiting = redis.call('XRANGE', KEYS[2], from, text(now - tonumber(ARGV[4])), 'COUNT', ARGV[2])
end
return { now, due, oldest and oldest[1] or '', waiting }
