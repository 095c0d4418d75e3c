-- Begins the recovery of a bucket where it needs one, and says how far back events are to be read. A recovery that another
-- dispatcher left goes on as it is; one that was itself lost with its server begins anew, from where it began.
-- `reread` ms are read again after a restart, `most` ms where everything is gone: no live verification is older.
local function beginRecovery(marker, now, reread, most)
  local m = fields(marker, 'ru', 'st', 'si', 'fr', 'se', 'af')
  local run = serverRun()
  if m.ru == run and m.af == '' then
    return
  end
  local from = now
  if m.ru ~= run then
    from = (tonumber(m.se) or 0) - reread
  end
  if m.st == 'reading' then
    from = math.min(from, tonumber(m.fr))
  elseif m.st == 'settling' then
    from = math.min(from, tonumber(m.si) - reread)
  end
  from = math.max(from, now - most)
  if m.af ~= '' then
    from = math.min(from, tonumber(m.af))
  end
  redis.call('HSET', marker, 'ru', run, 'st', 'reading', 'si', text(now), 'fr', text(from))
  redis.call('HDEL', marker, 'af')
end
