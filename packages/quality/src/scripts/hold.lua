--[[
Takes a lease or renews it.
KEYS  1 lease
ARGV  1 who  2 ms that it lasts
Returns 1 where it is theirs now | 0 where somebody else has it
Events: none
]]
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
