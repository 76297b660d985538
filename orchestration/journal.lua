#!lua
-- The journal of sagas: opens and appends, a batch of them in one step.
--   KEYS[1] open sagas   KEYS[2] those in this replica's hands   KEYS[3] leases   KEYS[4] parked sagas
--   KEYS[5..] the list of each item's saga
--   ARGV[1] items, as MessagePack: {what, order id, position, text, closes}     ARGV[2] prefix of the replicas' sets
-- Whoever closes an order takes it out of whosever hands it is in. When an item fails, so do the order's later ones.
-- Returns for each item the text that stands at its position: its own, or what somebody else has put there.

local function close(order)
  redis.call('SREM', KEYS[1], order)
  redis.call('HDEL', KEYS[4], order)
  if redis.call('SREM', KEYS[2], order) == 1 then return end
  for _, replica in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do redis.call('SREM', ARGV[2] .. replica, order) end
end

local answers, failed = {}, {}
for number, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local journal, what, order, position, text, closes = KEYS[4 + number], item[1], item[2], item[3], item[4], item[5]
  local fits = redis.call('LLEN', journal) == position and (what == 'append' or position == 0)
  if fits and not failed[order] then
    redis.call('RPUSH', journal, text)
    if what == 'open' then
      redis.call('SADD', KEYS[1], order)
      redis.call('SADD', KEYS[2], order)
      redis.call('ZADD', KEYS[3], 'NX', 0, string.sub(KEYS[2], #ARGV[2] + 1)) -- who has no lease yet can be found, too
    end
    answers[number] = text
  else
    answers[number] = redis.call('LINDEX', journal, position) or ''
    failed[order] = answers[number] ~= text
  end
  if closes and answers[number] == text then close(order) end
end
return answers
