--[[
Closes an open send that no provider can take, without an attempt; the plan moves at once.
KEYS  1 record  2 deadlines  3 prefix of the bucket's sends (the record names the rest, in the same slot)
ARGV  1 id  2 send  3 bucket
Returns {'closed', now} | {'stale', now}
Events: none
]]
local now = clock()
local r = fields(KEYS[1], 'st', 'se', 'so', 'at')
if r.st ~= 'pending' or r.se ~= ARGV[2] or r.so ~= 'open' then
  return { 'stale', now }
end
local attempts = tonumber(r.at)
if isSubmitting(KEYS[1], attempts) then
  return { 'stale', now }
end
closeSend(KEYS[1], KEYS[2], KEYS[3], ARGV[3], ARGV[1], r.se, attempts, now)
return { 'closed', now }
