--[[
Creates a verification as `admitted`, or joins the live one of the same tenant, purpose and recipient; not where a resend was
worthless by now: then the new one takes the lookup over, and the other lives on by its id.
KEYS  1 record  2 lookup of the first recipient  3 sends of the first recipient  4 deadlines  5 outbox  6 prefix of records
ARGV  1 id  2 tenant  3 purpose  4 lookup "<kid>.<hmac>"  5 request, packed  6 life ms
      7 checks max  8 steps  9 channel of the first step  10 cool-down ms  11 client reference  12 admitted deadline ms
      13 owner  14 random  15 least life ms that a send is worth  16 traceparent or ''  17... send windows (ms, limit)*
Returns {'created' | 'exists', now, version}             exists: the same id was admitted before (a repeat after a crash)
        {'joined', now, version, other id, entry | ''}   an `admitted` one is promised: its request goes to the outbox
        {'refused', now, retry after ms}
Events: request, only for a promise
]]
local now = clock()
local id = ARGV[1]
local mine = fields(KEYS[1], 'st', 've')
if mine.st ~= '' and mine.st ~= 'abandoned' then
  return { 'exists', now, tonumber(mine.ve) }
end

local other = redis.call('GET', KEYS[2])
if other and other ~= id then
  local record = KEYS[6] .. other
  local r = fields(record, 'st', 'tn', 'pu', 'lk', 'cr', 'ca', 'ea', 've', 'pr', 'ns', 'tp')
  local left = (tonumber(r.ea) or 0) - now
  if isLive(r.st) and left > 0 and (left >= tonumber(ARGV[15]) or tonumber(r.ns) > now) then
    local entry = ''
    if r.st == 'admitted' and r.pr == '' then
      r.ve = bump(record)
      redis.call('HSET', record, 'pr', '1')
      entry = emit(KEYS[5], 'request', ARGV[13], other, r.ve, ARGV[14], now, { 'tenant', r.tn, 'purpose', r.pu, 'lookup', r.lk, 'clientReference', r.cr,
        'request', packedRequest(record), 'createdAt', r.ca, 'expiresAt', r.ea }, r.tp)
    end
    return { 'joined', now, tonumber(r.ve), other, entry }
  end
end

local windows = {}
for i = 17, #ARGV do
  windows[#windows + 1] = ARGV[i]
end
local wait = chargeSends(KEYS[3], id .. '.1', now, windows)
if wait > 0 then
  return { 'refused', now, wait }
end

local expires = now + tonumber(ARGV[6])
-- the version of an abandoned one goes on: a plan decided before it was taken back must find a conflict
local version = (tonumber(mine.ve) or 0) + 1
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'sc', SCHEMA, 'st', 'admitted', 've', version, 'tn', ARGV[2], 'pu', ARGV[3], 'ca', text(now), 'ea', text(expires),
  'lk', ARGV[4], 'cm', ARGV[7], 'cu', 0, 'ge', 0, 'at', 0, 'sp', 0, 'sn', ARGV[8], 'ch', ARGV[9], 'se', 0, 'so', 'none',
  'ns', text(now + tonumber(ARGV[10])))
storeRequest(KEYS[1], ARGV[5])
if ARGV[11] ~= '' then
  redis.call('HSET', KEYS[1], 'cr', ARGV[11])
end
if ARGV[16] ~= '' then
  redis.call('HSET', KEYS[1], 'tp', ARGV[16])
end
redis.call('PEXPIREAT', KEYS[1], text(expires + LIVE_GRACE_MS))
redis.call('SET', KEYS[2], id, 'PXAT', text(expires))
setDeadline(KEYS[4], id, 'admitted', text(now + tonumber(ARGV[12])))
setDeadline(KEYS[4], id, 'life', text(expires))
return { 'created', now, version }
