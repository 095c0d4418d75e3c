--[[
KEYS  1 lookup  2 marker of its bucket
Returns {now, id ('' none), '' | 'reading' | 'settling'}     what a verification that is not there may wait for
]]
return { clock(), redis.call('GET', KEYS[1]) or '', waitsFor(KEYS[2], '') }
