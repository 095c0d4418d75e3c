--[[
KEYS  1 record  2 marker of its bucket
Returns {now, {field, value, ...}, '' | 'reading' | 'settling'}     an empty list where there is no record; what it waits for
                                                                    while its bucket recovers
]]
local flat = redis.call('HGETALL', KEYS[1])
local createdAt = redis.call('HGET', KEYS[1], 'ca') or ''
return { clock(), flat, waitsFor(KEYS[2], createdAt) }
