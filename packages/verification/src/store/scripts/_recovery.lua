-- Whether a bucket holds all that it should. Its marker is a hash without a TTL, and so goes where the rest of the bucket goes:
--   ru run id of the server that st is true for · st ready, reading (events are being merged), settling (what was under way when
--   Redis was lost may still come in) · si when the loss was noticed · fr events are read from · se last seen whole
--   af read again from, asked for by hand · lo when the last loss that was recovered was noticed
-- No marker: the bucket is empty. Another run id: a restart, a failover or an old snapshot, and the last seconds may be missing.
local function serverRun()
  local info = redis.call('INFO', 'server')
  -- plainly: a pattern is tried at each of 600 characters, which costs more than all else here
  local _, last = string.find(info, 'run_id:', 1, true)
  return string.sub(info, last + 1, last + 40)
end

-- Returns ready | reading | settling | lost (nobody has noticed yet), and the time before which a record is concerned.
local function phaseOf(marker)
  local m = fields(marker, 'ru', 'st', 'si')
  if m.ru == '' or m.ru ~= serverRun() then
    return 'lost', math.huge
  end
  if m.st == 'ready' then
    return 'ready', 0
  end
  return m.st, tonumber(m.si)
end

-- What a record of that time of creation ('' for one that is not there) has to wait for: '' nothing, reading, or settling.
-- One that was created after the loss was noticed waits for nothing.
local function waitsFor(marker, createdAt)
  local phase, since = phaseOf(marker)
  if phase == 'ready' or createdAt ~= '' and tonumber(createdAt) >= since then
    return ''
  end
  return phase == 'lost' and 'reading' or phase
end
