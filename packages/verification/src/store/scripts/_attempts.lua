-- The attempt that carries a generation's code: the last one of it that may have gone out; nil where the generation is free.
local function attemptOfGeneration(hash, attempts, generation)
  for k = attempts, 1, -1 do
    local cell = split(redis.call('HGET', hash, 'a' .. k) or '')
    local result = split(redis.call('HGET', hash, 'r' .. k) or '')
    if cell[7] == generation and result[1] ~= 'rejected' then
      return k, cell
    end
  end
  return nil, nil
end

-- Whether an attempt is with a provider. It is the last one, unless a restored record has taken in later ones meanwhile.
local function isSubmitting(hash, attempts)
  for k = attempts, 1, -1 do
    if split(redis.call('HGET', hash, 'r' .. k) or '')[1] == 'submitting' then
      return true
    end
  end
  return false
end
