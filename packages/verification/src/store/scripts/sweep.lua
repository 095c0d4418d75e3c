--[[
What a bucket has to do: deadlines that are due, and events that still wait in its outbox.
KEYS  1 deadlines  2 outbox
ARGV  1 most deadlines  2 most events
Returns {now, {member, ...}, {{stream id, {field, value, ...}}, ...}}
Events: none
]]
local now = clock()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, ARGV[1])
local waiting = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[2])
return { now, due, waiting }
