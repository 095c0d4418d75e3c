-- Gives the charge of a send back that closed as failed: every attempt was definitely rejected, so nothing has gone out.
-- `sends` is the prefix of this bucket's sends: a recipient whose limits live in another bucket is the dispatcher's to refund.
local function refundFailed(hash, sends, bucket, id, send)
  local step = stepOf(cjson.decode(packedRequest(hash)), redis.call('HGET', hash, 'sp'))
  local limitBucket, limitKey = limitOf(step.recipient)
  if limitBucket == tonumber(bucket) then
    redis.call('ZREM', sends .. limitKey, id .. '.' .. send)
  end
end
