--[[
Asks for the next step now: makes the step's deadline due now, the dispatcher does the rest.
KEYS  1 record  2 deadlines
ARGV  1 id  2 tenant
Returns {'asked', now} | {'ended', now, status} | {'unknown', now}
        {'open', now}     the first send has not started yet: nothing was asked
        {'last', now}     there is no next step
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'tn', 'ea', 'sp', 'sn')
if r.st == '' or r.st == 'abandoned' or r.tn ~= ARGV[2] then
  return { 'unknown', now }
end
if not isLive(r.st) then
  return { 'ended', now, r.st }
end
if tonumber(r.ea) <= now then
  return { 'ended', now, 'expired' }
end
if r.st == 'admitted' then
  return { 'open', now }
end
if tonumber(r.sp) + 1 >= tonumber(r.sn) then
  return { 'last', now }
end
bump(KEYS[1])
redis.call('HSET', KEYS[1], 'ak', 'next')
setDeadline(KEYS[2], id, 'step', text(now))
return { 'asked', now }
