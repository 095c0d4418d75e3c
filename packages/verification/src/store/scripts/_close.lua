-- Closes an open send that gets no further attempt, and lets the plan move at once: `unknown` where an attempt of it may have
-- gone out, so that the step's deadline decides, else `failed`, which does not count: see `refundFailed`.
local function closeSend(hash, deadlines, sends, bucket, id, send, attempts, now)
  local closed = 'failed'
  for k = attempts, 1, -1 do
    local cell = split(redis.call('HGET', hash, 'a' .. k) or '')
    local result = split(redis.call('HGET', hash, 'r' .. k) or '')
    if cell[6] == send and result[1] ~= 'rejected' then
      closed = 'unknown'
    end
  end
  bump(hash)
  if closed == 'failed' then
    refundFailed(hash, sends, bucket, id, send)
  end
  redis.call('HSET', hash, 'so', closed, 'le', '0')
  redis.call('HDEL', hash, 'cd')
  setDeadline(deadlines, id, 'lease', '')
  setDeadline(deadlines, id, 'step', text(now))
end
