--[[
Writes what an attempt came to and publishes it, also after the end. Says what becomes of the send:
  continue  the worker goes on with another provider now; the lease waits `wait` ms for its claim
  backoff   the queue tries again in `wait` ms; the lease waits for that too
  accepted | failed | unknown   the send is closed so; a failed one moves the plan at once and does not count
A settle of an attempt that was taken over meanwhile only revises that attempt, once.
KEYS  1 record  2 deadlines  3 outbox  4 prefix of the bucket's sends (the record names the rest, in the same slot)
ARGV  1 id  2 k  3 state (accepted rejected unknown)  4 error or ''  5 next (continue backoff accepted failed unknown)  6 wait ms
      7 grace ms of the lease  8 generation  9 tag  10 cell  11 step  12 send  13 claimed at  14 tenant  15 purpose
      16 taken over: '1'  17 owner  18 random  19 details JSON for the event (provider's id and code, decision)
      20 bucket  21 why this provider, packed, or '': kept where the record takes the attempt in
Returns {'settled' | 'revised' | 'repeated' | 'ended' | 'absent', now, version, entry | ''}
        ended: nothing but the attempt was written, and its lease taken away; repeated: it had settled before;
        absent: the record does not know the attempt (Redis lost it, or it was restored): a live one takes it in, with
        its generation and tag
Events: attempt, unless repeated
]]
local now = clock()
local id, k, state = ARGV[1], ARGV[2], ARGV[3]
local r = fields(KEYS[1], 'st', 've', 'ge', 'at', 'se', 'so', 'sd', 'ak', 'tp', 'a' .. k, 'r' .. k)
local claimed = table.concat({ ARGV[10], ARGV[11], ARGV[12], ARGV[8], ARGV[13] }, '|')
local result = split(r['r' .. k])
local version = tonumber(r.ve) or 0
local outcome

if r['a' .. k] ~= claimed then
  -- also where a restored record has given the number k to another attempt
  outcome = 'absent'
elseif result[1] ~= 'submitting' then
  -- only the word of the worker on an attempt that was taken over is news
  if ARGV[16] == '1' or result[7] ~= '1' or result[1] ~= 'unknown' then
    return { 'repeated', now, version, '' }
  end
  outcome = 'revised'
else
  outcome = isLive(r.st) and 'settled' or 'ended'
end

local adopts = outcome == 'absent' and isLive(r.st) and r['a' .. k] == ''
if adopts then
  redis.call('HSET', KEYS[1], 'a' .. k, claimed, 'at', text(math.max(tonumber(r.at), tonumber(k))))
  storeDecision(KEYS[1], k, ARGV[21])
end
if adopts or outcome ~= 'absent' then
  version = bump(KEYS[1])
  local taken = ARGV[16] == '1' and '1' or outcome == 'revised' and '2' or result[7] or ''
  redis.call('HSET', KEYS[1], 'r' .. k, table.concat({ state, text(now), ARGV[4], result[4] or '', result[5] or '', result[6] or '', taken }, '|'))
end
if isLive(r.st) and (adopts or outcome ~= 'absent') then
  local generation, last = tonumber(ARGV[8]), tonumber(r.ge)
  for n = math.max(last - 2, 1), math.min(last, generation - 3) do
    redis.call('HDEL', KEYS[1], 'g' .. n)
  end
  if generation > last then
    redis.call('HSET', KEYS[1], 'ge', text(generation))
  end
  if state ~= 'rejected' and generation > last - 3 then
    redis.call('HSETNX', KEYS[1], 'g' .. text(generation), ARGV[9])
  end
end

-- one that Redis had lost closes its send too, unless another attempt of it is with a provider by now
if (outcome == 'settled' or adopts and not isSubmitting(KEYS[1], tonumber(r.at))) and r.se == ARGV[12] and r.so == 'open' then
  local following = ARGV[5]
  local goesOn = following == 'continue' or following == 'backoff'
  local lease = goesOn and now + tonumber(ARGV[6]) + tonumber(ARGV[7]) or 0
  redis.call('HSET', KEYS[1], 'so', goesOn and 'open' or following, 'le', text(lease))
  setDeadline(KEYS[2], id, 'lease', text(lease))
  if following == 'failed' then
    refundFailed(KEYS[1], KEYS[4], ARGV[20], id, r.se)
  end
  -- The plan may move now, unless the send was simply accepted or goes on: also when its receipt had come early and was bad,
  -- when the step's deadline passed while a provider had it, or when somebody asked meanwhile.
  local bad = result[4] == 'undelivered' or result[4] == 'expired' or result[4] == 'rejected'
  local late = tonumber(r.sd) > 0 and tonumber(r.sd) <= now
  if not goesOn and (following ~= 'accepted' or bad) or late or r.ak ~= '' then
    setDeadline(KEYS[2], id, 'step', text(now))
  end
end

-- the end has left the lease for this attempt
if outcome == 'ended' then
  redis.call('HDEL', KEYS[1], 'le')
  setDeadline(KEYS[2], id, 'lease', '')
end

-- what becomes of the send goes along: who restores it from its events must not send what is closed
local after = (ARGV[5] == 'continue' or ARGV[5] == 'backoff') and 'open' or ARGV[5]
if outcome == 'revised' then
  after = r.se == ARGV[12] and r.so or ''
end
local entry = emit(KEYS[3], 'attempt', ARGV[17], id, version, ARGV[18], now, {
  'tenant', ARGV[14], 'purpose', ARGV[15], 'attempt', k, 'cell', ARGV[10], 'step', ARGV[11], 'send', ARGV[12], 'generation', ARGV[8], 'tag', ARGV[9],
  'state', state, 'error', ARGV[4], 'claimedAt', ARGV[13], 'takenOver', ARGV[16], 'revised', outcome == 'revised' and '1' or '',
  'withdrawn', r.st == 'canceled' and '1' or '', 'details', ARGV[19], 'sendState', after,
}, r.tp)
return { outcome, now, version, entry }
