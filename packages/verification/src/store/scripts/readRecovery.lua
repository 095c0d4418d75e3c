--[[
KEYS  1 marker
Returns {now, 'ready' | 'reading' | 'settling' | 'lost' | 'asked', noticed at}     asked: by hand, and not begun; noticed: 0 where not
]]
local phase, since = phaseOf(KEYS[1])
if phase == 'ready' and redis.call('HEXISTS', KEYS[1], 'af') == 1 then
  phase = 'asked'
end
return { clock(), phase, phase == 'lost' and 0 or since }
