--[[
Writes a field of a hash where it still holds what the writer saw.
KEYS  1 hash
ARGV  1 field  2 what it held, '' for nothing  3 what it is to hold, '' for nothing
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
return { 1 }
