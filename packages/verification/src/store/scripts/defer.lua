--[[
Calls again later for a verification whose next send waits for its channel: nothing but its deadlines is moved, so that
thousands that wait do not come up at every sweep, and a dispatcher that dies with them loses none.
Only for the version that was looked at: whoever changed it since may have called for another look.
KEYS  1 record  2 deadlines
ARGV  1 id  2 version that was looked at  3 ms until the next look
Returns {'deferred' | 'moved' | 'ended', now}
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 've')
if not isLive(r.st) then
  return { 'ended', now }
end
if r.ve ~= ARGV[2] then
  return { 'moved', now }
end
local at = text(now + tonumber(ARGV[3]))
if r.st == 'admitted' then
  setDeadline(KEYS[2], id, 'admitted', at)
else
  setDeadline(KEYS[2], id, 'step', at)
end
-- the lease of a send that is given up for the one that waits would call at every sweep
local lease = redis.call('ZSCORE', KEYS[2], id .. '|lease')
if lease and tonumber(lease) <= now then
  setDeadline(KEYS[2], id, 'lease', at)
end
return { 'deferred', now }
