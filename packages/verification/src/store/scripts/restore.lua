--[[
Creates a verification from its request event, where Redis has lost it. Never touches a record that is there. A recovery also
creates what has just expired, so that it gets its outcome.
KEYS  1 record  2 lookup  3 sends of the first recipient  4 deadlines  5 prefix of records
ARGV  1 id  2 tenant  3 purpose  4 lookup "<kid>.<hmac>"  5 request, packed  6 created at  7 expires at  8 checks max  9 steps
      10 channel of the first step  11 cool-down ms  12 client reference  13 admitted deadline ms  14 longest send window ms
      15 ms that its life may be over (0 none)  16 traceparent or ''
Returns {'restored' | 'exists' | 'expired', now}
Events: none
]]
local now = clock()
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'exists', now }
end
local id = ARGV[1]
-- what was sent counts against its recipient, also where nothing else of it is worth restoring
local function charge()
  redis.call('ZADD', KEYS[3], ARGV[6], id .. '.1')
  redis.call('PEXPIRE', KEYS[3], ARGV[14])
end
if tonumber(ARGV[7]) + tonumber(ARGV[15]) <= now then
  if tonumber(ARGV[15]) > 0 and tonumber(ARGV[6]) + tonumber(ARGV[14]) > now then
    charge()
  end
  return { 'expired', now }
end
-- its versions go on from the clock, above all that it had: who looked before the loss must not move what was restored since
redis.call('HSET', KEYS[1], 'sc', SCHEMA, 'st', 'admitted', 've', text(now), 'tn', ARGV[2], 'pu', ARGV[3], 'ca', ARGV[6], 'ea', ARGV[7],
  'lk', ARGV[4], 'cm', ARGV[8], 'cu', 0, 'ge', 0, 'at', 0, 'sp', 0, 'sn', ARGV[9], 'ch', ARGV[10], 'se', 0, 'so', 'none',
  'ns', text(tonumber(ARGV[6]) + tonumber(ARGV[11])), 'rs', '1')
storeRequest(KEYS[1], ARGV[5])
if ARGV[12] ~= '' then
  redis.call('HSET', KEYS[1], 'cr', ARGV[12])
end
if ARGV[16] ~= '' then
  redis.call('HSET', KEYS[1], 'tp', ARGV[16])
end
redis.call('PEXPIREAT', KEYS[1], text(tonumber(ARGV[7]) + LIVE_GRACE_MS))
-- events come back in any order: the one created last is what the recipient means, whether it has ended or not
local other = redis.call('GET', KEYS[2])
local theirs = other and fields(KEYS[5] .. other, 'ca').ca or ''
if tonumber(ARGV[7]) > now and (theirs == '' or tonumber(theirs) <= tonumber(ARGV[6])) then
  redis.call('SET', KEYS[2], id, 'PXAT', ARGV[7])
end
charge()
setDeadline(KEYS[4], id, 'admitted', text(now + tonumber(ARGV[13])))
setDeadline(KEYS[4], id, 'life', ARGV[7])
return { 'restored', now }
