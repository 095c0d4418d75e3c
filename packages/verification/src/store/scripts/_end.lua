-- Ends a verification: shrinks the record to a tombstone without addresses, takes its deadlines away and emits the
-- outcome. `generation` is the typed one for an approval, else ''. Returns the outbox entry.
-- The lease of an attempt that is with a provider stays: should its worker have died, the takeover still publishes it.
local function endVerification(hash, deadlines, outbox, id, status, now, owner, random, generation)
  local r = fields(hash, 'tn', 'pu', 'ca', 'ea', 'cu', 'at', 'ge')
  local version = bump(hash)
  local last, attempts = tonumber(r.ge) or 0, tonumber(r.at) or 0
  redis.call('HDEL', hash, 'rq', 'lk', 'so', 'sd', 'cd', 'ak', 'ns', 'pr', 'g' .. last, 'g' .. (last - 1), 'g' .. (last - 2))
  redis.call('HSET', hash, 'st', status, 'en', text(now))
  redis.call('PEXPIREAT', hash, text(math.max(tonumber(r.ea), now) + TOMBSTONE_MS))
  redis.call('ZREM', deadlines, id .. '|admitted', id .. '|step', id .. '|life')
  if not isSubmitting(hash, attempts) then
    redis.call('HDEL', hash, 'le')
    redis.call('ZREM', deadlines, id .. '|lease')
  end
  local pairs = { 'tenant', r.tn, 'purpose', r.pu, 'outcome', status, 'createdAt', r.ca, 'checksUsed', r.cu, 'attempts', r.at, 'generation', generation }
  if generation ~= '' then
    local k, cell = attemptOfGeneration(hash, attempts, generation)
    if k then
      for _, value in ipairs({ 'attempt', tostring(k), 'provider', cell[1], 'channel', cell[2], 'country', cell[3], 'operator', cell[4], 'submittedAt', cell[8] }) do
        pairs[#pairs + 1] = value
      end
    end
  end
  return emit(outbox, 'outcome', owner, id, version, random, now, pairs)
end
