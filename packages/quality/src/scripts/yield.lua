--[[
Gives a lease back, if it is theirs.
KEYS  1 lease
ARGV  1 who
Returns 1 | 0
Events: none
]]
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
