--[[
What a sliding log holds, the newest first.
KEYS  1 log (sends or wrong checks of a recipient)
ARGV  1 most entries
Returns {now, {member, time ms, ...}}
Events: none
]]
return { clock(), redis.call('ZREVRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1, 'WITHSCORES') }
