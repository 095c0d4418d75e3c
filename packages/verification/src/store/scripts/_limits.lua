-- A sliding log of what was sent to one recipient: a sorted set of members scored by time. `windows` is a flat list
-- {window ms, limit, ...}. A member that is there already is allowed again (a repeat of the same send).
-- Returns 0 when charged, else the milliseconds until the fullest window has room; and whether the member is new.
local function chargeSends(key, member, now, windows)
  if redis.call('ZSCORE', key, member) then
    return 0, false
  end
  local longest = 0
  local wait = 0
  for i = 1, #windows, 2 do
    local span = tonumber(windows[i])
    local limit = tonumber(windows[i + 1])
    longest = math.max(longest, span)
    local used = redis.call('ZCOUNT', key, '(' .. text(now - span), '+inf')
    if used >= limit then
      -- room comes when the limit-th newest entry leaves the window
      local blocking = redis.call('ZREVRANGE', key, limit - 1, limit - 1, 'WITHSCORES')
      wait = math.max(wait, blocking[2] and (tonumber(blocking[2]) + span - now) or span)
    end
  end
  if wait > 0 then
    return wait, false
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - longest))
  redis.call('ZADD', key, text(now), member)
  redis.call('PEXPIRE', key, text(longest))
  return 0, true
end
