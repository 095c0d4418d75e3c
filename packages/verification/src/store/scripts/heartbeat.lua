--[[
Says that a process is alive and answers who is. Members are "<role>|<instance>", scored by their last heartbeat.
KEYS  1 processes
ARGV  1 member  2 alive ms (a process is gone after this)  3 '1' to leave instead
Returns {now, {member, ...}}
Events: none
]]
local now = clock()
if ARGV[3] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], text(now), ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { now, redis.call('ZRANGE', KEYS[1], 0, -1) }
