--[[
KEYS  1 record
Returns {now, {field, value, ...}}     an empty list where there is no record
]]
return { clock(), redis.call('HGETALL', KEYS[1]) }
