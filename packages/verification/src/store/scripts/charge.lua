--[[
Charges a send against the limits of the recipient it goes to, in that recipient's own bucket. A repeat costs nothing.
KEYS  1 sends of the recipient
ARGV  1 member "<id>.<send>"  2... send windows (ms, limit)*
Returns {'charged', now, fresh} | {'refused', now, retry after ms}     fresh: 1, or 0 for a repeat
Events: none
]]
local now = clock()
local windows = {}
for i = 2, #ARGV do
  windows[#windows + 1] = ARGV[i]
end
local wait, fresh = chargeSends(KEYS[1], ARGV[1], now, windows)
if wait > 0 then
  return { 'refused', now, wait }
end
return { 'charged', now, fresh and 1 or 0 }
