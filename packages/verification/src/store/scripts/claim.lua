--[[
Reserves the next attempt of an open send, right before the provider is called: one worker at a time. Stores the code's tag,
strikes the send's command off and takes the lease.
A generation whose attempts were all definitely rejected is free and is used again; accepted and unknown ones are spent.
KEYS  1 record  2 deadlines  3 prefix of the bucket's sends (the record names the rest, in the same slot)  4 marker of the bucket
ARGV  1 id  2 send  3 tag "<kid>.<hmac>"  4 cell "provider|channel|country|operator"  5 lease ms  6 attempts max  7 bucket
      8 why this provider, packed, or ''
Returns {'claimed', now, version, k, generation, recovered}  recovered: 1 for the first claim since a recovery that concerned it:
                                                             what it sends may have been sent before
        {'recovering', now}                              the bucket is being restored, and what was sent is not known yet
        {'ended' | 'stale' | 'busy' | 'exhausted', now}  stale: another send is open, or this one is closed;
                                                         busy: an attempt is with a provider; exhausted: too many
                                                         attempts, and the send is closed by it
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'ea', 'se', 'so', 'at', 'ge', 'sp', 'ca', 'rs')
if (r.st == '' or isLive(r.st)) and waitsFor(KEYS[4], r.ca) ~= '' then
  return { 'recovering', now }
end
if not isLive(r.st) or tonumber(r.ea) <= now then
  return { 'ended', now }
end
if r.st == 'admitted' or r.se ~= ARGV[2] or r.so ~= 'open' then
  return { 'stale', now }
end
local attempts = tonumber(r.at)
if isSubmitting(KEYS[1], attempts) then
  return { 'busy', now }
end
local generation = tonumber(r.ge)
if attempts == 0 or attemptOfGeneration(KEYS[1], attempts, r.ge) then
  generation = generation + 1
end
if attempts >= tonumber(ARGV[6]) then
  closeSend(KEYS[1], KEYS[2], KEYS[3], ARGV[7], id, r.se, attempts, now)
  return { 'exhausted', now }
end
-- it was there when Redis lost its last seconds, and nobody has claimed it since: a claim may be among what was lost
local lostAt = tonumber(redis.call('HGET', KEYS[4], 'lo') or '') or 0
local before = attempts > 0 and split(redis.call('HGET', KEYS[1], 'a' .. attempts) or '')[8] or '0'
local mayRepeat = tonumber(r.ca) < lostAt and (tonumber(before) or 0) < lostAt
local k = attempts + 1
local version = bump(KEYS[1])
local lease = text(now + tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], 'at', k, 'ge', generation, 'g' .. generation, ARGV[3], 'le', lease,
  'a' .. k, ARGV[4] .. '|' .. r.sp .. '|' .. r.se .. '|' .. generation .. '|' .. text(now), 'r' .. k, 'submitting||||||')
storeDecision(KEYS[1], k, ARGV[8])
redis.call('HDEL', KEYS[1], 'cd', 'rs', 'g' .. (generation - 3))
setDeadline(KEYS[2], id, 'lease', lease)
return { 'claimed', now, version, k, generation, (r.rs == '1' or mayRepeat) and 1 or 0 }
