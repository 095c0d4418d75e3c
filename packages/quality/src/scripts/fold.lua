--[[
Counts what a stretch of one partition holds, once: the counts and the place up to which they go are written together, so a stretch that
is brought again, by whoever has the partition then, changes nothing.
KEYS  1 places  2 changed cells  3 changed minutes  4... the cells' buckets
ARGV  1 partition "<topic>/<n>"  2 place before "<offset>@<ms>" or '' (none yet)  3 place after
      4 now, ms  5 ms that a cell is kept without traffic: then it is no changed cell any more either
      6... for each cell: name, number of buckets, and of each bucket: its field, packed counts to add
Returns 'folded' | 'elsewhere'   elsewhere: the place is another one; nothing was counted
Events: none
]]
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 'elsewhere'
end
local at = 6
for k = 4, #KEYS do
  local cell, buckets = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  for _ = 1, buckets do
    local sum = add(redis.call('HGET', KEYS[k], ARGV[at]) or '', ARGV[at + 1])
    redis.call('HSET', KEYS[k], ARGV[at], sum)
    local start = tonumber(string.match(ARGV[at], '^%d+'))
    local minute = string.format('%.0f', start - start % 60)
    redis.call('ZADD', KEYS[3], minute, minute .. '|' .. cell)
    at = at + 2
  end
  redis.call('PEXPIRE', KEYS[k], ARGV[5])
  redis.call('ZADD', KEYS[2], ARGV[4], cell)
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.0f', ARGV[4] - ARGV[5]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'folded'
