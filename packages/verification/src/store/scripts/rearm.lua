--[[
Sets a verification's deadlines anew by what its record says; takes them away where it has ended or is gone.
KEYS  1 record  2 deadlines
ARGV  1 id  2 admitted deadline ms
Returns {'armed' | 'cleared', now}
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'ca', 'ea', 'sd', 'le')
if not isLive(r.st) then
  redis.call('ZREM', KEYS[2], id .. '|admitted', id .. '|lease', id .. '|step', id .. '|life')
  return { 'cleared', now }
end
setDeadline(KEYS[2], id, 'admitted', r.st == 'admitted' and text(tonumber(r.ca) + tonumber(ARGV[2])) or '')
setDeadline(KEYS[2], id, 'step', r.sd)
setDeadline(KEYS[2], id, 'lease', r.le)
setDeadline(KEYS[2], id, 'life', r.ea)
return { 'armed', now }
