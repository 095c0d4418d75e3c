--[[
Merges an end into a record, as its event tells it. An end stays, but an approval overrules any other: its code must not work again.
KEYS  1 record  2 deadlines
ARGV  1 id  2 outcome  3 ended at  4 checks used  5 generation ('' unless approved)  6 version  7 approved by
Returns {'merged' | 'kept' | 'unknown', now}     kept: it had ended; unknown: no such record
Events: none (this one is known)
]]
local now = clock()
local r = fields(KEYS[1], 'st', 've', 'cu', 'lk', 'ip')
if r.st == '' or r.st == 'abandoned' then
  return { 'unknown', now }
end
local ends = isLive(r.st) or ARGV[2] == 'approved' and r.st ~= 'approved'
local counted = tonumber(ARGV[4]) > tonumber(r.cu)
-- its check may have ended it before, which does not tell by whom
local names = ARGV[7] ~= '' and r.ip == ''
if not ends and not counted and not names then
  return { 'kept', now }
end
redis.call('HSET', KEYS[1], 've', text(math.max(tonumber(r.ve) + 1, tonumber(ARGV[6]))), 'cu', counted and ARGV[4] or r.cu)
if names then
  redis.call('HSET', KEYS[1], 'ip', ARGV[7])
end
if ends then
  if ARGV[5] ~= '' then
    redis.call('HSET', KEYS[1], 'ig', ARGV[5])
  end
  -- its wrong checks may still be to come, and count against the same recipient
  if r.lk ~= '' then
    redis.call('HSET', KEYS[1], 'wl', r.lk)
  end
  shrink(KEYS[1], KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[3]))
end
return { 'merged', now }
