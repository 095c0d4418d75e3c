--[[
Writes what an attempt came to and publishes it, also after the end. Says what becomes of the send:
  continue  the worker goes on with another provider now; the lease waits `wait` ms for its claim
  backoff   the queue tries again in `wait` ms; the lease waits for that too
  accepted | failed | unknown   the send is closed so; a failed one moves the plan at once
A settle of an attempt that was taken over meanwhile only revises that attempt.
KEYS  1 record  2 deadlines  3 outbox
ARGV  1 id  2 k  3 state (accepted rejected unknown)  4 error or ''  5 next (continue backoff accepted failed unknown)  6 wait ms
      7 grace ms of the lease  8 generation  9 tag  10 cell  11 step  12 send  13 claimed at  14 tenant  15 purpose
      16 taken over: '1'  17 owner  18 random  19 details JSON for the event (provider's id and code, decision)
Returns {'settled' | 'revised' | 'repeated' | 'ended' | 'absent', now, version, entry | ''}
        ended, absent: nothing but the attempt was written, or nothing at all; repeated: it had settled before
Events: attempt, unless repeated
]]
local now = clock()
local id, k, state = ARGV[1], ARGV[2], ARGV[3]
local r = fields(KEYS[1], 'st', 've', 'ge', 'se', 'so', 'ak', 'r' .. k)
local known = r['r' .. k]
local result = split(known)
local version = tonumber(r.ve) or 0
local outcome

if known == '' then
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

if outcome ~= 'absent' then
  version = bump(KEYS[1])
  local taken = ARGV[16] == '1' and '1' or (result[7] or '')
  redis.call('HSET', KEYS[1], 'r' .. k, table.concat({ state, text(now), ARGV[4], result[4] or '', result[5] or '', result[6] or '', taken }, '|'))
end

if isLive(r.st) and state ~= 'rejected' and tonumber(ARGV[8]) > tonumber(r.ge) - 3 then
  redis.call('HSETNX', KEYS[1], 'g' .. ARGV[8], ARGV[9])
end

if outcome == 'settled' and r.se == ARGV[12] and r.so == 'open' then
  local following = ARGV[5]
  local lease = 0
  if following == 'continue' or following == 'backoff' then
    lease = now + tonumber(ARGV[6]) + tonumber(ARGV[7])
  else
    redis.call('HSET', KEYS[1], 'so', following)
  end
  redis.call('HSET', KEYS[1], 'le', text(lease))
  setDeadline(KEYS[2], id, 'lease', text(lease))
  -- the plan moves now when the send failed, when its receipt had come early and was bad, or when somebody asked meanwhile
  local bad = result[4] == 'undelivered' or result[4] == 'expired' or result[4] == 'rejected'
  if following == 'failed' or (following == 'accepted' and bad) or r.ak ~= '' then
    setDeadline(KEYS[2], id, 'step', text(now))
  end
end

local entry = emit(KEYS[3], 'attempt', ARGV[17], id, version, ARGV[18], now, {
  'tenant', ARGV[14], 'purpose', ARGV[15], 'attempt', k, 'cell', ARGV[10], 'step', ARGV[11], 'send', ARGV[12], 'generation', ARGV[8], 'tag', ARGV[9],
  'state', state, 'error', ARGV[4], 'claimedAt', ARGV[13], 'takenOver', ARGV[16], 'revised', outcome == 'revised' and '1' or '', 'details', ARGV[19],
})
return { outcome, now, version, entry }
