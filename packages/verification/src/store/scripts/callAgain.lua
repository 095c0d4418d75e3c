--[[
Calls for a look at a live verification as soon as deadlines are looked at again.
KEYS  1 record  2 deadlines
ARGV  1 id
Returns {'called' | 'ended', now}
Events: none
]]
local now = clock()
local status = fields(KEYS[1], 'st').st
if not isLive(status) then
  return { 'ended', now }
end
setDeadline(KEYS[2], ARGV[1], status == 'admitted' and 'admitted' or 'step', text(now))
return { 'called', now }
