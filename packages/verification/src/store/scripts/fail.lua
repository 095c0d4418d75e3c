--[[
Ends a verification whose last step failed: no provider took it, so nobody has a code. Compare-and-set on the version.
KEYS  1 record  2 deadlines  3 outbox
ARGV  1 id  2 version it was decided on  3 owner  4 random
Returns {'failed', now, entry} | {'conflict', now} | {'ended', now}
Events: outcome (undeliverable)
]]
local now = clock()
local r = fields(KEYS[1], 'st', 've')
if not isLive(r.st) then
  return { 'ended', now }
end
if r.ve ~= ARGV[2] then
  return { 'conflict', now }
end
return { 'failed', now, endVerification(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 'undeliverable', now, ARGV[3], ARGV[4], '') }
