-- Adds packed counts (`pack-counts.ts`): integers with commas between, where nothing stands for 0.
local function numbers(packed)
  local list = {}
  for part in string.gmatch(packed .. ',', '([^,]*),') do
    list[#list + 1] = tonumber(part) or 0
  end
  return list
end

local function add(left, right)
  local a, b = numbers(left), numbers(right)
  local parts, last = {}, 0
  for i = 1, math.max(#a, #b) do
    local sum = (a[i] or 0) + (b[i] or 0)
    parts[i] = sum == 0 and '' or string.format('%.0f', sum)
    if sum ~= 0 then
      last = i
    end
  end
  return table.concat(parts, ',', 1, last)
end
