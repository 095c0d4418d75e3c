--[[
Keeps the answer of a reserved Idempotency-Key.
KEYS  1 idempotency record
ARGV  1 body hash  2 HTTP status  3 answer
Returns {'stored', now} | {'lost', now}     lost: the record is gone or is another body's
Events: none
]]
local now = clock()
if redis.call('HGET', KEYS[1], 'bd') ~= ARGV[1] then
  return { 'lost', now }
end
redis.call('HSET', KEYS[1], 'st', ARGV[2], 'an', ARGV[3])
return { 'stored', now }
