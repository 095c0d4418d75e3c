--[[
Adds to a sliding log what another one has counted of the same recipient. An entry that is there already stays as it is.
KEYS  1 log (sends or wrong checks of a recipient)
ARGV  1 ms that it is kept at least  2... entries (time ms, member)*
Returns {'carried', now, how many were new}
Events: none
]]
local added = redis.call('ZADD', KEYS[1], 'NX', unpack(ARGV, 2))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return { 'carried', clock(), added }
