--[[
Sets a verification's deadlines anew by what its record says; takes them away where it has ended or is gone,
but for the lease of an attempt that is still with a provider.
Only for the version that was looked at: whoever changed it since may have called for another look.
KEYS  1 record  2 deadlines
ARGV  1 id  2 admitted deadline ms  3 version that was looked at ('' none)
Returns {'armed' | 'cleared' | 'moved', now}
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 've', 'ca', 'ea', 'so', 'sd', 'le')
if not isLive(r.st) then
  redis.call('ZREM', KEYS[2], id .. '|admitted', id .. '|step', id .. '|life')
  setDeadline(KEYS[2], id, 'lease', r.le)
  return { 'cleared', now }
end
if r.ve ~= ARGV[3] then
  return { 'moved', now }
end
-- A step's deadline that has passed and moved nothing (a provider has the send, or nothing may follow) is not called again: closing
-- the send does that.
local waits = r.so == 'open' and tonumber(r.sd) <= now
setDeadline(KEYS[2], id, 'admitted', r.st == 'admitted' and text(tonumber(r.ca) + tonumber(ARGV[2])) or '')
setDeadline(KEYS[2], id, 'step', waits and '' or r.sd)
setDeadline(KEYS[2], id, 'lease', r.le)
setDeadline(KEYS[2], id, 'life', r.ea)
return { 'armed', now }
