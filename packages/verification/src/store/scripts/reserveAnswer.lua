--[[
Reserves an Idempotency-Key for one call. The record: bd hash of method, path and body as it was written · cd the same of its
canonical JSON (former versions know and write bd alone) · id the verification id to be used · un in flight until · st HTTP
status and an the answer, once there is one.
KEYS  1 idempotency record
ARGV  1 body hash  2 id to be used (proposed)  3 lease ms  4 kept ms  5 canonical body hash
Returns {'reserved', now, id, body hash} also where a caller before crashed: then with the id and the body hash that it used
        {'inFlight', now, retry after ms} | {'otherBody', now} | {'answered', now, status, answer}
Events: none
]]
local now = clock()
local r = fields(KEYS[1], 'bd', 'cd', 'id', 'un', 'st', 'an')
if r.bd == '' then
  redis.call('HSET', KEYS[1], 'bd', ARGV[1], 'cd', ARGV[5], 'id', ARGV[2], 'un', text(now + tonumber(ARGV[3])))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return { 'reserved', now, ARGV[2], ARGV[1] }
end
if r.bd ~= ARGV[1] and r.cd ~= ARGV[5] then
  return { 'otherBody', now }
end
if r.st ~= '' then
  return { 'answered', now, tonumber(r.st), r.an }
end
if tonumber(r.un) > now then
  return { 'inFlight', now, tonumber(r.un) - now }
end
redis.call('HSET', KEYS[1], 'un', text(now + tonumber(ARGV[3])))
return { 'reserved', now, r.id, r.bd }
