--[[
Puts old buckets of a cell together and drops the oldest. Counts of a stretch that is coarse already go to its coarse bucket by
themselves when this runs next.
KEYS  1 the cell's buckets
ARGV  1 now, s  2 s that buckets are kept  3... of each width, the widest first: from which age on, s; width, s
Returns how many buckets are gone
Events: none
]]
local now, gone = tonumber(ARGV[1]), 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local start, width = string.match(all[i], '^(%d+)/(%d+)$')
  start, width = tonumber(start), tonumber(width)
  if start + width <= now - tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], all[i])
    gone = gone + 1
  else
    for w = 3, #ARGV, 2 do
      local wider = tonumber(ARGV[w + 1])
      local from = start - start % wider
      if wider > width and from + wider + tonumber(ARGV[w]) <= now then
        local field = string.format('%.0f/%.0f', from, wider)
        redis.call('HSET', KEYS[1], field, add(redis.call('HGET', KEYS[1], field) or '', all[i + 1]))
        redis.call('HDEL', KEYS[1], all[i])
        gone = gone + 1
        break
      end
    end
  end
end
return gone
