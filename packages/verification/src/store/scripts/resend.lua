--[[
Asks for another send on the current step: makes the step's deadline due now, the dispatcher does the rest. Refills no budget.
KEYS  1 record  2 deadlines  3 sends of the recipient (used where it lives in this bucket)
ARGV  1 id  2 tenant  3 charge here: '1' (else the caller has charged the recipient's own bucket)  4... send windows (ms, limit)*
Returns {'asked', now}
        {'open', now}                       a send is still on its way: nothing was asked
        {'cooling', now, retry after ms} | {'refused', now, retry after ms} | {'ended', now, status} | {'unknown', now}
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'tn', 'ea', 'ns', 'so', 'se', 'ak', 'rq')
if r.st == '' or r.st == 'abandoned' or r.tn ~= ARGV[2] then
  return { 'unknown', now }
end
if not isLive(r.st) then
  return { 'ended', now, r.st }
end
if tonumber(r.ea) <= now then
  return { 'ended', now, 'expired' }
end
if r.st == 'admitted' or r.so == 'open' or r.ak ~= '' then
  return { 'open', now }
end
if tonumber(r.ns) > now then
  return { 'cooling', now, tonumber(r.ns) - now }
end
if ARGV[3] == '1' then
  local windows = {}
  for i = 4, #ARGV do
    windows[#windows + 1] = ARGV[i]
  end
  local wait = chargeSends(KEYS[3], id .. '.' .. (tonumber(r.se) + 1), now, windows)
  if wait > 0 then
    return { 'refused', now, wait }
  end
end
bump(KEYS[1])
local cooldown = cjson.decode(r.rq).cooldown_ms
redis.call('HSET', KEYS[1], 'ak', 'resend', 'ns', text(now + cooldown))
setDeadline(KEYS[2], id, 'step', text(now))
return { 'asked', now }
