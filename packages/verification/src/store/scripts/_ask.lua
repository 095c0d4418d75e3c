-- What keeps a tenant from asking this verification for anything, as the answer; nil where it is live.
local function answerEnded(r, tenant, now)
  if r.st == '' or r.st == 'abandoned' or r.tn ~= tenant then
    return { 'unknown', now }
  end
  if not isLive(r.st) then
    return { 'ended', now, r.st }
  end
  if tonumber(r.ea) <= now then
    return { 'ended', now, 'expired' }
  end
  return nil
end

-- Pays for the send that is asked for, the next one of its number. `terms` is {charge here: '1', step and send that the caller
-- has looked at ('' any), least life ms that a send is worth, send windows (ms, limit)*}. Returns the answer where it must not be
-- asked, else nil.
local function payForSend(r, id, sends, now, terms)
  if tonumber(r.ea) - now < tonumber(terms[4]) then
    return { 'tooLate', now }
  end
  -- the recipient that the caller named or charged is that of a step and a send
  if terms[2] ~= '' and (terms[2] ~= r.sp or terms[3] ~= r.se) then
    return { 'moved', now }
  end
  if terms[1] == '1' then
    local wait = chargeSends(sends, id .. '.' .. (tonumber(r.se) + 1), now, { unpack(terms, 5) })
    if wait > 0 then
      return { 'refused', now, wait }
    end
  end
  return nil
end
