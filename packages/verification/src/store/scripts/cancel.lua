--[[
Ends a live verification at the tenant's word.
KEYS  1 record  2 deadlines  3 outbox  4 marker of the bucket
ARGV  1 id  2 tenant  3 owner  4 random
Returns {'canceled', now, entry} | {'final', now, status, entry | ''} | {'unknown', now}
        {'recovering', now}     events are being read: it may be there after all
Events: outcome
]]
local now = clock()
local r = fields(KEYS[1], 'st', 'tn', 'ea')
if r.st == '' and waitsFor(KEYS[4], '') == 'reading' then
  return { 'recovering', now }
end
if r.st == '' or r.st == 'abandoned' or r.tn ~= ARGV[2] then
  return { 'unknown', now }
end
if not isLive(r.st) then
  return { 'final', now, r.st, '' }
end
if tonumber(r.ea) <= now then
  return { 'final', now, 'expired', endVerification(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 'expired', now, ARGV[3], ARGV[4], '') }
end
return { 'canceled', now, endVerification(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 'canceled', now, ARGV[3], ARGV[4], '') }
