-- Shrinks a record to a tombstone without addresses and takes its deadlines away. The lease of an attempt that is with a provider
-- stays: should its worker have died, the takeover still publishes it.
local function shrink(hash, deadlines, id, status, at)
  local r = fields(hash, 'ea', 'at', 'ge')
  local last = tonumber(r.ge) or 0
  dropRequest(hash)
  redis.call('HDEL', hash, 'lk', 'so', 'sd', 'cd', 'ak', 'ns', 'pr', 'rs', 'g' .. last, 'g' .. (last - 1), 'g' .. (last - 2))
  redis.call('HSET', hash, 'st', status, 'en', text(at))
  redis.call('PEXPIREAT', hash, text(math.max(tonumber(r.ea), at) + TOMBSTONE_MS))
  redis.call('ZREM', deadlines, id .. '|admitted', id .. '|step', id .. '|life')
  if not isSubmitting(hash, tonumber(r.at) or 0) then
    redis.call('HDEL', hash, 'le')
    redis.call('ZREM', deadlines, id .. '|lease')
  end
end

-- The attempts that went out, "provider|channel|country|operator|claimed at|receipt" each, with semicolons between: nobody waited for
-- their codes any more, so they say nothing of the providers.
local function sentAttempts(hash, attempts)
  local sent = {}
  for k = 1, attempts do
    local result = split(redis.call('HGET', hash, 'r' .. k) or '')
    if result[1] == 'accepted' or result[1] == 'unknown' then
      local cell = split(redis.call('HGET', hash, 'a' .. k) or '')
      sent[#sent + 1] = table.concat({ cell[1], cell[2], cell[3], cell[4], cell[8], result[4] or '' }, '|')
    end
  end
  return table.concat(sent, ';')
end

-- Ends a verification and emits the outcome. `generation` is the typed one for an approval, else ''. Returns the outbox entry.
local function endVerification(hash, deadlines, outbox, id, status, now, owner, random, generation)
  local r = fields(hash, 'tn', 'pu', 'ca', 'cu', 'at', 'tp')
  local version = bump(hash)
  shrink(hash, deadlines, id, status, now)
  local pairs = { 'tenant', r.tn, 'purpose', r.pu, 'outcome', status, 'createdAt', r.ca, 'checksUsed', r.cu, 'attempts', r.at, 'generation', generation }
  if generation ~= '' then
    local by = redis.call('HGET', hash, 'ip')
    if by and by ~= '' then
      pairs[#pairs + 1] = 'approvedBy'
      pairs[#pairs + 1] = by
    end
    local k, cell = attemptOfGeneration(hash, tonumber(r.at) or 0, generation)
    if k then
      for _, value in ipairs({ 'attempt', tostring(k), 'provider', cell[1], 'channel', cell[2], 'country', cell[3], 'operator', cell[4], 'submittedAt', cell[8] }) do
        pairs[#pairs + 1] = value
      end
      local receipt = split(redis.call('HGET', hash, 'r' .. k) or '')[4] or ''
      if receipt ~= '' then
        pairs[#pairs + 1] = 'receipt'
        pairs[#pairs + 1] = receipt
      end
    end
  end
  if status == 'canceled' then
    local sent = sentAttempts(hash, tonumber(r.at) or 0)
    if sent ~= '' then
      pairs[#pairs + 1] = 'withdrawn'
      pairs[#pairs + 1] = sent
    end
  end
  return emit(outbox, 'outcome', owner, id, version, random, now, pairs, r.tp)
end
