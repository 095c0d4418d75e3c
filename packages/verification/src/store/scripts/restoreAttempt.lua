--[[
Merges a settled attempt into a record, as its event tells it, after Redis lost it or may have. Events come in any order and
again: what is there stays, what is missing is added, a closed send stays closed, and the highest send is where the plan is.
KEYS  1 record  2 deadlines  3 prefix of the bucket's sends (the record names the rest, in the same slot)
ARGV  1 id  2 k  3 state (accepted rejected unknown)  4 error or ''  5 state of its send afterwards ('' not told)  6 generation  7 tag
      8 cell  9 step  10 send  11 claimed at  12 settled at  13 taken over: '1', revised: '2', else ''  14 version  15 bucket
      16 longest send window ms  17 why this provider, packed, or ''
Returns {'merged' | 'kept', now, bucket, limit key}   kept: nothing new; bucket and key of the recipient that the send counts
                                                      against where these limits live elsewhere, else ''
        {'unknown' | 'other', now}                    unknown: no such record; other: another attempt has this number
Events: none
]]
local CLOSED = { accepted = true, failed = true, unknown = true }
local now = clock()
local id, k, state, generation, send = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[6]), tonumber(ARGV[10])
local r = fields(KEYS[1], 'st', 've', 'ea', 'at', 'ge', 'se', 'so', 'ns', 'a' .. k, 'r' .. k)
if r.st == '' or r.st == 'abandoned' then
  return { 'unknown', now }
end
local claimed = table.concat({ ARGV[8], ARGV[9], ARGV[10], ARGV[6], ARGV[11] }, '|')
if r['a' .. k] ~= '' and r['a' .. k] ~= claimed then
  return { 'other', now }
end
local changed = false
local function set(field, value)
  redis.call('HSET', KEYS[1], field, value)
  changed = true
end

local result = split(r['r' .. k])
if r['r' .. k] == '' or result[1] == 'submitting' or ARGV[13] == '2' and result[7] == '1' then
  set('a' .. k, claimed)
  set('r' .. k, table.concat({ state, ARGV[12], ARGV[4], result[4] or '', result[5] or '', result[6] or '', ARGV[13] }, '|'))
  storeDecision(KEYS[1], k, ARGV[17])
end
if tonumber(k) > tonumber(r.at) then
  set('at', k)
end

local limit = { '', '' }
if isLive(r.st) then
  local request = cjson.decode(packedRequest(KEYS[1]))
  local last = math.max(tonumber(r.ge), generation)
  if generation > tonumber(r.ge) then
    for n = math.max(tonumber(r.ge) - 2, 1), math.min(tonumber(r.ge), generation - 3) do
      redis.call('HDEL', KEYS[1], 'g' .. n)
    end
    set('ge', text(generation))
  end
  -- A rejected one's generation may have been used again, with another code: the tag is the one of the attempt that may have
  -- gone out. What the record knows by now counts, since an old event may tell what was revised after it.
  local tag = 'g' .. text(generation)
  local holder = attemptOfGeneration(KEYS[1], math.max(tonumber(r.at), tonumber(k)), ARGV[6])
  if holder == tonumber(k) and generation > last - 3 and redis.call('HGET', KEYS[1], tag) ~= ARGV[7] then
    set(tag, ARGV[7])
  end

  local step = stepOf(request, ARGV[9])
  local told = ARGV[5] ~= '' and ARGV[5] or state == 'rejected' and 'open' or state
  if send > tonumber(r.se) then
    set('se', text(send))
    redis.call('HSET', KEYS[1], 'st', 'pending', 'sp', ARGV[9], 'ch', step.channel, 'so', told,
      'sd', text(math.min(tonumber(ARGV[11]) + step.timeoutMs, tonumber(r.ea))))
    redis.call('HDEL', KEYS[1], 'cd', 'ak', 'pr')
  elseif send == tonumber(r.se) and not CLOSED[r.so] and CLOSED[told] then
    set('so', told)
    redis.call('HDEL', KEYS[1], 'cd')
  end
  -- the first send's cool-down began with the request; what the record knows of has had its own
  local cooled = tonumber(ARGV[11]) + cooldownOf(request)
  if send > 1 and r['a' .. k] == '' and cooled > tonumber(r.ns) then
    set('ns', text(cooled))
  end

  local limitBucket, limitKey = limitOf(step.recipient)
  local here = limitBucket == tonumber(ARGV[15])
  local member = id .. '.' .. text(send)
  if state ~= 'rejected' and here then
    redis.call('ZADD', KEYS[3] .. limitKey, 'NX', ARGV[11], member)
    redis.call('PEXPIRE', KEYS[3] .. limitKey, ARGV[16])
  elseif state ~= 'rejected' then
    limit = { limitBucket, limitKey }
  elseif told == 'failed' and here then
    redis.call('ZREM', KEYS[3] .. limitKey, member)
  end
end

if not changed then
  return { 'kept', now, limit[1], limit[2] }
end
redis.call('HSET', KEYS[1], 've', text(math.max(tonumber(r.ve) + 1, tonumber(ARGV[14]))))
if isLive(r.st) then
  redis.call('HSET', KEYS[1], 'rs', '1')
  local open = redis.call('HGET', KEYS[1], 'so') == 'open'
  -- an open send is queued again at once, unless an attempt of it is with a provider
  if not isSubmitting(KEYS[1], math.max(tonumber(r.at), tonumber(k))) then
    redis.call('HSET', KEYS[1], 'le', open and text(now) or '0')
    setDeadline(KEYS[2], id, 'lease', open and text(now) or '')
  end
  setDeadline(KEYS[2], id, 'admitted', '')
  setDeadline(KEYS[2], id, 'step', text(now))
end
return { 'merged', now, limit[1], limit[2] }
