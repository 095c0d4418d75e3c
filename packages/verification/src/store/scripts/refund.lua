--[[
Takes a charge back whose send was not asked for after all.
KEYS  1 sends of the recipient
ARGV  1 member "<id>.<send>"
Returns {'refunded', now}
Events: none
]]
redis.call('ZREM', KEYS[1], ARGV[1])
return { 'refunded', clock() }
