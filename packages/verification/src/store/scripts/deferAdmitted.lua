--[[
Calls again later for verifications of one bucket whose first send is known to wait: one call for all that came due.
An `admitted` deadline means one thing only, so it may be moved without a look at the record; one that is gone stays gone.
KEYS  1 deadlines
ARGV  1 ms until the next look  2... ids
Returns {now}
Events: none
]]
local now = clock()
local at = text(now + tonumber(ARGV[1]))
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', at, ARGV[i] .. '|admitted')
end
return { now }
