--[[
Ends a verification whose life is over.
KEYS  1 record  2 deadlines  3 outbox
ARGV  1 id  2 owner  3 random
Returns {'expired', now, entry} | {'early', now} | {'ended', now}     early: its life is not over by Redis' clock
Events: outcome
]]
local now = clock()
local r = fields(KEYS[1], 'st', 'ea')
if not isLive(r.st) then
  return { 'ended', now }
end
if tonumber(r.ea) > now then
  return { 'early', now }
end
return { 'expired', now, endVerification(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 'expired', now, ARGV[2], ARGV[3], '') }
