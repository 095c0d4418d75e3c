--[[
What the dispatchers have reported of the channels' pressure.
KEYS  1 pressure
ARGV  1 ms a report counts
Returns {now, {field "<channel>|<instance>", report, ...}}
Events: none
]]
local now = clock()
local all = redis.call('HGETALL', KEYS[1])
local fresh = {}
for i = 1, #all, 2 do
  local bar = string.find(all[i + 1], '|', 1, true)
  if tonumber(string.sub(all[i + 1], 1, bar - 1)) + tonumber(ARGV[1]) >= now then
    fresh[#fresh + 1] = all[i]
    fresh[#fresh + 1] = string.sub(all[i + 1], bar + 1)
  end
end
return { now, fresh }
