--[[
Writes one breaker where it still is what the writer saw; '' holds a mark of the last change, so that readers need not read all to
find none. Not a number: after a loss of data one would come again.
KEYS  1 hash
ARGV  1 field  2 what it held, '' for nothing  3 what it is to hold, '' for nothing  4 mark, another one for each call
Returns {1} | {0, what it holds}
Events: none
]]
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held ~= ARGV[2] then
  return { 0, held }
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('HSET', KEYS[1], '', ARGV[4])
return { 1 }
