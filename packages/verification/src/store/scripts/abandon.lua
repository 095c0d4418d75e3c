--[[
Takes an admission back whose request could not be published: refunds the send and leaves a tombstone, so that a request
that lands late sends nothing. Only from `admitted`, and not once another caller was promised it.
KEYS  1 record  2 sends of the first recipient  3 deadlines  4 lookup
ARGV  1 id
Returns {'abandoned', now} | {'kept', now}     kept: the dispatcher has it, it was promised, or it has ended
        {'gone', now}                           Redis has lost it meanwhile
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'pr', 'ea')
if r.st == '' then
  return { 'gone', now }
end
if r.st ~= 'admitted' or r.pr ~= '' then
  return { 'kept', now }
end
local version = bump(KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'sc', SCHEMA, 'st', 'abandoned', 've', version)
redis.call('PEXPIREAT', KEYS[1], text(tonumber(r.ea) + TOMBSTONE_MS))
redis.call('ZREM', KEYS[2], id .. '.1')
redis.call('ZREM', KEYS[3], id .. '|admitted', id .. '|lease', id .. '|step', id .. '|life')
if redis.call('GET', KEYS[4]) == id then
  redis.call('DEL', KEYS[4])
end
return { 'abandoned', now }
