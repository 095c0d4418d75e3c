--[[
Asks by hand that a bucket's events are read again; the sweep of its dispatcher begins it. Asked twice, the longer one is done.
KEYS  1 marker
ARGV  1 read from, ms
Returns {'asked', now}
Events: none
]]
local asked = tonumber(redis.call('HGET', KEYS[1], 'af') or ARGV[1])
redis.call('HSET', KEYS[1], 'af', text(math.min(asked, tonumber(ARGV[1]))))
return { 'asked', clock() }
