-- Appends an event to the bucket's stream in the same script that changed the verification. The process that ran the
-- script publishes it at once and deletes the entry; the dispatcher's sweep ships what a crash left behind.
-- `trace` is the record's traceparent, '' or nil where it has none: whoever ships the event hands it on.
-- Returns the entry as {stream id, {field, value, ...}} for the caller.
local function emit(outbox, kind, owner, id, version, random, now, pairs, trace)
  local entry = { 'kind', kind, 'owner', owner, 'event', id .. '.' .. version .. '.' .. random, 'id', id, 'version', tostring(version), 'at', text(now) }
  for i = 1, #pairs do
    entry[#entry + 1] = pairs[i]
  end
  if trace and trace ~= '' then
    entry[#entry + 1] = 'traceparent'
    entry[#entry + 1] = trace
  end
  local streamId = redis.call('XADD', outbox, '*', unpack(entry))
  return { streamId, entry }
end
