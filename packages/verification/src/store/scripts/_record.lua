-- The record of one verification is a hash. Fields (two letters, since every byte is paid for by each live record):
--   sc schema · st status · ve version · tn tenant · pu purpose · ca created at · ea end of life · en ended at
--   lk lookup "<kid>.<hmac>" · q<n> the request (`admitted-request.ts` packs it), in pieces · cr client reference
--   ip/ig idempotency hash and generation of the approval
--   cm/cu checks allowed and used · ge last generation · g<n> tag of generation n (the last three)
--   at number of attempts · a<k> "provider|channel|country|operator|step|send|generation|claimed at" (never changed)
--   r<k> "state|settled at|error|receipt|receipt error|receipt at|taken over" (changed by settle and foldReceipt;
--         taken over: 1, or 2 once its worker has revised it)
--   d<k>.<n> why its provider was chosen, in pieces; packages/routing packs and reads it, and no script looks into it. None where
--         nobody told it: a version before, or a recovery from an event without it
--   plan: sp step · sn steps · ch channel of the step · se send · so send's state (none open accepted failed unknown)
--         sd step deadline · le lease (after the end: of an attempt still submitting) · cd command not yet carried out "<send>-<n>" · ak what was asked (resend next)
--         ns next resend at · pr promised by a join
--   tp W3C traceparent, only where its trace is sampled; kept in the tombstone, for what comes late
--   rs 1 where a recovery created or changed it: its next claim may be a repeat · wl its lookup, where a recovery ended it
-- The sorted set of deadlines may call earlier than the record says (somebody asked, a receipt was bad): the plan is decided
-- on the record alone, and `rearm` puts the set right again.
-- Times are milliseconds by Redis' own clock: every script reads TIME once and returns the now it used.
local SCHEMA = '1'
-- Late receipts and late questions still find how it ended; the long memory is elsewhere.
local TOMBSTONE_MS = 600000
-- A live record outlives its life by this, so that a dispatcher that comes back late still finds it and ends it properly.
local LIVE_GRACE_MS = 3600000
-- Redis keeps a hash in a third of the memory as long as none of its values is longer.
local PIECE_BYTES = 64

local function clock()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function text(number)
  return string.format('%.0f', number)
end

local function fields(hash, ...)
  local names = { ... }
  local values = redis.call('HMGET', hash, unpack(names))
  local record = {}
  for i, name in ipairs(names) do
    record[name] = values[i] or ''
  end
  return record
end

local function isLive(status)
  return status == 'admitted' or status == 'pending'
end

-- Splits "a|b|c" into a table; empty parts stay.
local function split(packed)
  local parts = {}
  for part in string.gmatch(packed .. '|', '([^|]*)|') do
    parts[#parts + 1] = part
  end
  return parts
end

local function bump(hash)
  return redis.call('HINCRBY', hash, 've', 1)
end

-- Stores a long text under the names <prefix>0, <prefix>1, …; an empty one is none.
local function storePieces(hash, prefix, packed)
  local pieces = {}
  for at = 1, #packed, PIECE_BYTES do
    pieces[#pieces + 1] = prefix .. #pieces / 2
    pieces[#pieces + 1] = string.sub(packed, at, at + PIECE_BYTES - 1)
  end
  if #pieces > 0 then
    redis.call('HSET', hash, unpack(pieces))
  end
end

local function storeRequest(hash, packed)
  storePieces(hash, 'q', packed)
end

-- Why attempt k went where it did; what is there stays.
local function storeDecision(hash, k, packed)
  if redis.call('HEXISTS', hash, 'd' .. k .. '.0') == 0 then
    storePieces(hash, 'd' .. k .. '.', packed)
  end
end

local function packedRequest(hash)
  local pieces = {}
  repeat
    local piece = redis.call('HGET', hash, 'q' .. #pieces)
    pieces[#pieces + 1] = piece or nil
  until not piece
  return table.concat(pieces)
end

local function dropRequest(hash)
  local n = 0
  while redis.call('HDEL', hash, 'q' .. n) == 1 do
    n = n + 1
  end
end

-- What scripts need of a request, by the positions in which it is packed.
local function stepOf(request, step)
  local packed = request[1][tonumber(step) + 1]
  return { channel = packed[1], recipient = request[2][packed[2] + 1], timeoutMs = packed[3] }
end

local function limitOf(recipient)
  return recipient[4], recipient[5]
end

local function cooldownOf(request)
  return request[5]
end

-- A deadline is a member "<id>|<kind>" of the bucket's sorted set; 0 or '' removes it.
local function setDeadline(deadlines, id, kind, at)
  local member = id .. '|' .. kind
  if at == nil or at == '' or tonumber(at) == 0 then
    redis.call('ZREM', deadlines, member)
  else
    redis.call('ZADD', deadlines, at, member)
  end
end
