-- Gives the charge of a send back that closed as failed: every attempt was definitely rejected, so nothing has gone out.
-- `sends` is the prefix of this bucket's sends: a recipient whose limits live in another bucket is the dispatcher's to refund.
local function refundFailed(hash, sends, bucket, id, send)
  local r = fields(hash, 'rq', 'sp')
  local request = cjson.decode(r.rq)
  local recipient = request.recipients[request.workflow[tonumber(r.sp) + 1].recipient + 1]
  if recipient.limit_bucket == tonumber(bucket) then
    redis.call('ZREM', sends .. recipient.limit_key, id .. '.' .. send)
  end
end
