--[[
Asks for another send on the current step: makes the step's deadline due now, the dispatcher does the rest. Refills no budget.
KEYS  1 record  2 deadlines  3 sends of the recipient (used where it lives in this bucket)
ARGV  1 id  2 tenant  3 charge here: '1' (else the caller has charged the recipient's own bucket)
      4 step and  5 send that the caller looked at ('' any)  6 least life ms that a send is worth  7... send windows (ms, limit)*
Returns {'asked', now}
        {'open', now}                       a send is still on its way: nothing was asked
        {'cooling', now, retry after ms} | {'refused', now, retry after ms} | {'ended', now, status} | {'unknown', now}
        {'tooLate', now}                    too little of its life is left
        {'moved', now}                      it is not where the caller saw it: its recipient may be another one
Events: none
]]
local now = clock()
local id = ARGV[1]
local r = fields(KEYS[1], 'st', 'tn', 'ea', 'ns', 'so', 'sp', 'se', 'ak')
local ended = answerEnded(r, ARGV[2], now)
if ended then
  return ended
end
if r.st == 'admitted' or r.so == 'open' or r.ak ~= '' then
  return { 'open', now }
end
if tonumber(r.ns) > now then
  return { 'cooling', now, tonumber(r.ns) - now }
end
local refused = payForSend(r, id, KEYS[3], now, { unpack(ARGV, 3) })
if refused then
  return refused
end
bump(KEYS[1])
local cooldown = cooldownOf(cjson.decode(packedRequest(KEYS[1])))
redis.call('HSET', KEYS[1], 'ak', 'resend', 'ns', text(now + cooldown))
setDeadline(KEYS[2], id, 'step', text(now))
return { 'asked', now }
