--[[
Gives a reservation back after a fault that the caller should simply try again; the reserved id stays.
KEYS  1 idempotency record
ARGV  1 body hash
Returns {'released', now}
Events: none
]]
local now = clock()
local r = fields(KEYS[1], 'bd', 'st')
if r.bd == ARGV[1] and r.st == '' then
  redis.call('HSET', KEYS[1], 'un', '0')
end
return { 'released', now }
