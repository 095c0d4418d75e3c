--[[
Moves the plan, by compare-and-set on the version. Whoever moves the plan stores its command with it; `claim` strikes it off.
KEYS  1 record  2 deadlines
ARGV  1 id  2 version it was decided on  3 step  4 channel  5 send  6 opens: '1' when this starts a send  7 step deadline (0 none)
      8 lease (0 none)  9 command ('' none)
Returns {'advanced', now, version} | {'conflict', now} | {'ended', now}
Events: none
]]
local now = clock()
local r = fields(KEYS[1], 'st', 've')
if not isLive(r.st) then
  return { 'ended', now }
end
if r.ve ~= ARGV[2] then
  return { 'conflict', now }
end
local version = bump(KEYS[1])
redis.call('HSET', KEYS[1], 'st', 'pending', 'sp', ARGV[3], 'ch', ARGV[4], 'se', ARGV[5], 'sd', ARGV[7], 'le', ARGV[8])
redis.call('HDEL', KEYS[1], 'ak', 'pr')
if ARGV[9] == '' then
  redis.call('HDEL', KEYS[1], 'cd')
else
  redis.call('HSET', KEYS[1], 'cd', ARGV[9])
end
if ARGV[6] == '1' then
  redis.call('HSET', KEYS[1], 'so', 'open')
end
setDeadline(KEYS[2], ARGV[1], 'admitted', '')
setDeadline(KEYS[2], ARGV[1], 'step', ARGV[7])
setDeadline(KEYS[2], ARGV[1], 'lease', ARGV[8])
return { 'advanced', now, version }
