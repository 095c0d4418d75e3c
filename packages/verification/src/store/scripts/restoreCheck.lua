--[[
Merges a judged check into a record, as its event tells it: it is counted, a wrong one against the recipient too, and what it
ended has ended. The end is published where only the check of it is known, since both are appended together.
KEYS  1 record  2 deadlines  3 outbox  4 prefix of the recipient's wrong checks (the record names the rest, in the same slot)
ARGV  1 id  2 valid: '1'  3 generation ('' unless valid)  4 checks used by then  5 checks allowed  6 checked at  7 version
      8 owner  9 random
Returns {'merged', now, entry | ''} | {'kept', now} | {'unknown', now}
Events: outcome, where this check ended it
]]
local DAY_MS = 86400000
local now = clock()
local id, used = ARGV[1], tonumber(ARGV[4])
local r = fields(KEYS[1], 'st', 've', 'cu', 'lk', 'wl')
if r.st == '' or r.st == 'abandoned' then
  return { 'unknown', now }
end
local changed = false
local recipient = r.lk ~= '' and r.lk or r.wl
if ARGV[2] ~= '1' and recipient ~= '' and tonumber(ARGV[6]) > now - DAY_MS then
  changed = redis.call('ZADD', KEYS[4] .. recipient, 'NX', ARGV[6], id .. '.' .. used) == 1
  redis.call('PEXPIRE', KEYS[4] .. recipient, DAY_MS)
end
if used > tonumber(r.cu) then
  redis.call('HSET', KEYS[1], 'cu', used)
  changed = true
end
local status
if ARGV[2] == '1' and r.st ~= 'approved' then
  status = 'approved'
elseif ARGV[2] ~= '1' and used >= tonumber(ARGV[5]) and isLive(r.st) then
  status = 'failed'
end
if not changed and not status then
  return { 'kept', now }
end
redis.call('HSET', KEYS[1], 've', text(math.max(tonumber(r.ve) + 1, tonumber(ARGV[7]))))
if not status then
  return { 'merged', now, '' }
end
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'ig', ARGV[3])
end
if r.lk ~= '' then
  redis.call('HSET', KEYS[1], 'wl', r.lk)
end
return { 'merged', now, endVerification(KEYS[1], KEYS[2], KEYS[3], id, status, tonumber(ARGV[6]), ARGV[8], ARGV[9], ARGV[3]) }
