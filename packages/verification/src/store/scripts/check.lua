--[[
Judges a typed code: counts first, then compares, approves once.
KEYS  1 record  2 deadlines  3 outbox  4 prefix of the recipient's wrong checks (the record names the rest, in the same slot)
      5 marker of the bucket
ARGV  1 id  2 tenant  3 owner  4 random of the check event  5 random of the outcome event  6 idempotency hash or ''
      7 wrong checks an hour  8 wrong checks a day (0 = off)  9... candidate tags "<kid>.<hmac>", one for each pepper
Returns {'approved', now, generation, channel, entry, entry}     judged right; replayed with no entries for the key that approved
        {'wrong', now, remaining, entry}                         judged wrong
        {'failed', now, entry, entry}                            judged wrong, and the budget is spent
        {'locked', now, retry after ms}                          failed before, or the recipient's wrong checks are spent
        {'final', now, status, entry | ''}                       ended before; expired just now emits the outcome
        {'unknown', now}                                         no such record of this tenant
        {'recovering', now}                                      events are being read: it may be there, or be approved, after all;
                                                                 or its message may be under way by a worker who has not settled yet
Events: check, outcome
]]
local HOUR_MS, DAY_MS = 3600000, 86400000
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'tn', 'pu', 'ea', 'cm', 'cu', 'ge', 'lk', 'ip', 'ig', 've', 'ca', 'so', 'tp')
local waits = waitsFor(KEYS[5], r.ca)
-- until its attempt has come in too, the right code of a message that was under way would be judged wrong
local underWay = r.st == 'admitted' or r.so == 'open'
if (r.st == '' or isLive(r.st) and r.tn == ARGV[2]) and (waits == 'reading' or waits == 'settling' and underWay) then
  return { 'recovering', now }
end
if r.st == '' or r.st == 'abandoned' or r.tn ~= ARGV[2] then
  return { 'unknown', now }
end
if r.st == 'approved' and ARGV[6] ~= '' and r.ip == ARGV[6] then
  local _, cell = attemptOfGeneration(KEYS[1], tonumber(redis.call('HGET', KEYS[1], 'at')), r.ig)
  return { 'approved', now, tonumber(r.ig), cell and cell[2] or '' }
end
if r.st == 'failed' then
  return { 'locked', now, math.max(tonumber(r.ea) - now, 1000) }
end
if not isLive(r.st) then
  return { 'final', now, r.st, '' }
end
if tonumber(r.ea) <= now then
  return { 'final', now, 'expired', endVerification(KEYS[1], KEYS[2], KEYS[3], id, 'expired', now, ARGV[3], ARGV[5], '') }
end

local wrong = KEYS[4] .. r.lk
local wait = 0
for _, window in ipairs({ { HOUR_MS, tonumber(ARGV[7]) }, { DAY_MS, tonumber(ARGV[8]) } }) do
  local blocking = window[2] > 0 and redis.call('ZREVRANGE', wrong, window[2] - 1, window[2] - 1, 'WITHSCORES') or {}
  if blocking[2] and tonumber(blocking[2]) + window[1] > now then
    wait = math.max(wait, tonumber(blocking[2]) + window[1] - now)
  end
end
if wait > 0 then
  return { 'locked', now, wait }
end

local used = redis.call('HINCRBY', KEYS[1], 'cu', 1)
local generation = ''
for n = tonumber(r.ge), math.max(tonumber(r.ge) - 2, 1), -1 do
  local tag = redis.call('HGET', KEYS[1], 'g' .. n)
  for i = 9, #ARGV do
    if tag and tag == ARGV[i] then
      generation = tostring(n)
    end
  end
  if generation ~= '' then
    break
  end
end

local version = bump(KEYS[1])
local judged = emit(KEYS[3], 'check', ARGV[3], id, version, ARGV[4], now, {
  'tenant', r.tn, 'purpose', r.pu, 'valid', generation ~= '' and '1' or '', 'generation', generation, 'checksUsed', tostring(used), 'checksMax', r.cm,
}, r.tp)
if generation ~= '' then
  local _, cell = attemptOfGeneration(KEYS[1], tonumber(redis.call('HGET', KEYS[1], 'at')), generation)
  redis.call('HSET', KEYS[1], 'ip', ARGV[6], 'ig', generation)
  local ended = endVerification(KEYS[1], KEYS[2], KEYS[3], id, 'approved', now, ARGV[3], ARGV[5], generation)
  return { 'approved', now, tonumber(generation), cell and cell[2] or '', judged, ended }
end

redis.call('ZREMRANGEBYSCORE', wrong, '-inf', text(now - DAY_MS))
redis.call('ZADD', wrong, text(now), id .. '.' .. used)
redis.call('PEXPIRE', wrong, DAY_MS)
if used >= tonumber(r.cm) then
  return { 'failed', now, judged, endVerification(KEYS[1], KEYS[2], KEYS[3], id, 'failed', now, ARGV[3], ARGV[5], '') }
end
return { 'wrong', now, tonumber(r.cm) - used, judged }
