--[[
Asks for the next step now: makes the step's deadline due now, the dispatcher does the rest.
KEYS  1 record  2 deadlines  3 sends of the next step's recipient (used where it lives in this bucket)
ARGV  1 id  2 tenant  3 charge here: '1' (else the caller has charged the recipient's own bucket)
      4 step and  5 send that the caller looked at ('' any)  6 least life ms that a send is worth  7... send windows (ms, limit)*
Returns {'asked', now} | {'refused', now, retry after ms} | {'ended', now, status} | {'unknown', now}
        {'open', now}     the first send has not started yet, or the next step was asked for already: nothing was asked
        {'last', now}     there is no next step
        {'tooLate', now}  too little of its life is left
        {'moved', now}    it is not where the caller saw it: its recipient may be another one
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'tn', 'ea', 'sp', 'sn', 'se', 'ak')
local ended = answerEnded(r, ARGV[2], now)
if ended then
  return ended
end
if r.st == 'admitted' or r.ak == 'next' then
  return { 'open', now }
end
if tonumber(r.sp) + 1 >= tonumber(r.sn) then
  return { 'last', now }
end
local refused = payForSend(r, id, KEYS[3], now, { unpack(ARGV, 3) })
if refused then
  return refused
end
bump(KEYS[1])
redis.call('HSET', KEYS[1], 'ak', 'next')
setDeadline(KEYS[2], id, 'step', text(now))
return { 'asked', now }
