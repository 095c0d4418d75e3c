--[[
Folds a provider's word into its attempt. The rank never goes down; among equals the first one stays.
KEYS  1 record  2 deadlines
ARGV  1 id  2 k  3 status  4 its rank  5 error or ''  6... the rank of every status (status, rank)*
Returns {'folded', now, moves} | {'kept', now} | {'unmatched', now}   moves: 1 when the plan may move on by it
Events: none (the receipts service has published it)
]]
local now = clock()
local field = 'r' .. ARGV[2]
local r = fields(KEYS[1], 'st', 'se', 'so', field, 'a' .. ARGV[2])
if r[field] == '' then
  return { 'unmatched', now }
end
local ranks = {}
for i = 6, #ARGV, 2 do
  ranks[ARGV[i]] = tonumber(ARGV[i + 1])
end
local result = split(r[field])
if (ranks[result[4]] or 0) >= tonumber(ARGV[4]) then
  return { 'kept', now }
end
bump(KEYS[1])
redis.call('HSET', KEYS[1], field, table.concat({ result[1], result[2], result[3], ARGV[3], ARGV[5], text(now), result[7] or '' }, '|'))
local bad = ARGV[3] == 'undelivered' or ARGV[3] == 'expired' or ARGV[3] == 'rejected'
local cell = split(r['a' .. ARGV[2]])
-- after a send that nobody took, the plan waits only for what earlier sends may still bring
if bad and r.st == 'pending' and r.so ~= 'open' and (cell[6] == r.se or r.so == 'failed') then
  setDeadline(KEYS[2], ARGV[1], 'step', text(now))
  return { 'folded', now, 1 }
end
return { 'folded', now, 0 }
