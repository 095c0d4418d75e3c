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
