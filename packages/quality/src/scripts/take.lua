--[[
Takes minutes whose counts are to be published: those that somebody took and never called published, then the oldest of the others.
What is counted of one afterwards makes it one of the others again, so who reads its counts after this misses nothing.
KEYS  1 changed minutes  2 taken minutes  3 revision
ARGV  1 the earliest minute, s: what is older is forgotten  2 the latest that may be taken, s  3 how many at most
Returns {how many are forgotten, revision, "<minute, s>|<cell>"...}: the revision is above all before, and 0 where there are none
Events: none
]]
local most = tonumber(ARGV[3])
local forgotten = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1])
local minutes, known = {}, {}
for _, minute in ipairs(redis.call('ZRANGE', KEYS[2], 0, most - 1)) do
  if tonumber(string.match(minute, '^%d+')) < tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[2], minute)
    forgotten = forgotten + 1
  else
    minutes[#minutes + 1] = minute
    known[minute] = true
  end
end
if #minutes < most then
  for _, minute in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, most)) do
    if #minutes < most and not known[minute] then
      minutes[#minutes + 1] = minute
    end
  end
end
if #minutes == 0 then
  return { forgotten, 0 }
end
local revision = redis.call('INCR', KEYS[3])
for _, minute in ipairs(minutes) do
  redis.call('ZADD', KEYS[2], revision, minute)
  redis.call('ZREM', KEYS[1], minute)
end
return { forgotten, revision, unpack(minutes) }
