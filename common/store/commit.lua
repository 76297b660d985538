#!lua
-- Applies a batch of effects of one service, in order, all in one step. See commit.py for the shapes.
--   KEYS  every key that an item names, by number        ARGV[1]  the items, as MessagePack
--   ARGV[2]  the watermark's key number: orders placed before that time have been dropped with all they left
-- Returns for each item {first, accepted, event type, entry id}: first 0 = decided before, here is that first answer.

local function rfc3339(seconds, microseconds)
  -- civil date from days, after Howard Hinnant, "chrono-compatible low-level date algorithms"
  local days, rest = math.floor(seconds / 86400), seconds % 86400
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, doy - math.floor((153 * mp + 2) / 5) + 1,
    math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60, microseconds)
end

local clock = redis.call('TIME')
local now_ms = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local now = rfc3339(tonumber(clock[1]), tonumber(clock[2]))
local watermark_ms = tonumber(redis.call('GET', KEYS[tonumber(ARGV[2])]) or '0')
local answers = {}

-- The fields looked at: 1 this operation, 2 the one that bars it, 3 the one it undoes, then those it has expectations of.
local function barred(item, known)
  if item.unless ~= '' and known[2] then return true end
  return item.placed_ms < watermark_ms
end

local function as_expected(item, known)
  if item.before_ms > 0 and now_ms > item.before_ms then return false end
  if item.undoes ~= '' and not (known[3] and string.sub(known[3], 1, 1) == '1') then return false end
  for position, allowed in ipairs(item.allowed) do
    local value, found = known[3 + position] or '', false
    for _, each in ipairs(allowed) do found = found or each == value end
    if not found then return false end
  end
  for counter, amount in pairs(item.take) do
    if tonumber(redis.call('HGET', KEYS[item.counters], counter) or '0') < amount then return false end
  end
  return true
end

-- The answer is kept with what the effect puts into the record, in one command: each costs more than what it does. That
-- command comes after the announcement, whose entry it names: what could fail in it has been looked at before any change.
local function announce(item, event, flag, put)
  local entry = redis.call('XADD', KEYS[event[1]], '*', 'id', item.order_id .. '/' .. item.operation, 'type', event[2],
    'source', item.service, 'subject', item.order_id, 'time', now, 'traceparent', item.traceparent, 'data', event[3])
  redis.call('HSET', KEYS[item.record], 'op:' .. item.operation, flag .. ' ' .. event[2] .. ' ' .. entry, unpack(put))
  return entry
end

local function change(item)
  for counter, amount in pairs(item.take) do redis.call('HINCRBY', KEYS[item.counters], counter, -amount) end
  for counter, amount in pairs(item.give) do redis.call('HINCRBY', KEYS[item.counters], counter, amount) end
  for _, list in ipairs(item.delist) do redis.call('ZREM', KEYS[list], item.order_id) end
  for _, pair in ipairs(item.enlist) do
    redis.call('ZADD', KEYS[pair[1]], pair[2] > 0 and pair[2] or now_ms, item.order_id)
  end
end

local function decide(item)
  local known = redis.call('HMGET', KEYS[item.record], unpack(item.fields))
  if known[1] then
    local flag, kind, entry = string.match(known[1], '^(%d) (%S+) (%S+)$')
    return {0, tonumber(flag), kind, entry}
  end
  if barred(item, known) then return {1, 0, '', ''} end
  if item.accepted and as_expected(item, known) then
    change(item)  -- before the announcement: should one of its commands fail, nothing has been announced
    return {1, 1, item.accepted[2], announce(item, item.accepted, 1, item.put)}
  end
  if not item.rejected then return {1, 0, '', ''} end
  return {1, 0, item.rejected[2], announce(item, item.rejected, 0, {})}
end

local PUT_MAX = 200  -- fields and values in all: forty times what an effect puts, and far below what unpack can hold

local function storable(put)
  if next(put) == nil then return true end
  local count = 0
  for _ in pairs(put) do count = count + 1 end
  if count % 2 ~= 0 or count > PUT_MAX then return false end
  for at = 1, count do if type(put[at]) ~= 'string' then return false end end  -- no length of Lua's tells of a gap
  return true
end

local items = cmsgpack.unpack(ARGV[1])
for _, item in ipairs(items) do
  if not storable(item.put) then
    return redis.error_reply('ERR ' .. item.operation .. ' puts what no record holds: nothing of the batch was done')
  end
end
for position, item in ipairs(items) do answers[position] = decide(item) end
return answers
