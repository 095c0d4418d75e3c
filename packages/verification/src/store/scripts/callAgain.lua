--[[
Calls for a look at a live verification as soon as deadlines are looked at again.
KEYS  1 record  2 deadlines
ARGV  1 id
Returns {'called' | 'ended', now}
Events: none
]]
local now = clock()
if not isLive(fields(KEYS[1], 'st').st) then
  return { 'ended', now }
end
setDeadline(KEYS[2], ARGV[1], 'step', text(now))
return { 'called', now }
