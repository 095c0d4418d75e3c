--[[
Stores what one dispatcher knows of one channel's pressure, with the time; what others reported too long ago goes.
KEYS  1 pressure
ARGV  1 field "<channel>|<instance>"  2 the report  3 ms a report counts
Returns {now}
Events: none
]]
local now = clock()
redis.call('HSET', KEYS[1], ARGV[1], text(now) .. '|' .. ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(split(all[i + 1])[1]) + tonumber(ARGV[3]) < now then
    redis.call('HDEL', KEYS[1], all[i])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { now }
