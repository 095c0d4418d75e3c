--[[
Ends a part of a bucket's recovery: `reading` when all events are merged, `settling` when what came in meanwhile is too.
Only of the recovery that the caller means: if Redis was lost again meanwhile, there is another one to do.
KEYS  1 marker
ARGV  1 the part that is done (reading settling)  2 when the loss was noticed
Returns {'settling' | 'ready' | 'changed', now}
Events: none
]]
local now = clock()
local phase, since = phaseOf(KEYS[1])
if phase ~= ARGV[1] or since ~= tonumber(ARGV[2]) then
  return { 'changed', now }
end
if phase == 'reading' then
  redis.call('HSET', KEYS[1], 'st', 'settling')
  return { 'settling', now }
end
redis.call('HSET', KEYS[1], 'st', 'ready', 'se', text(now), 'lo', text(since))
redis.call('HDEL', KEYS[1], 'si', 'fr')
return { 'ready', now }
