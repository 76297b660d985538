#!lua
-- The journal of sagas: opens and appends, a batch of them in one step.
--   KEYS[1] open sagas   KEYS[2] those in this replica's hands   KEYS[3] leases   KEYS[4..] the list of each item's saga
--   ARGV[1] items, as MessagePack: {what, order id, position, text, closes}     ARGV[2] seconds to keep a closed one
--   ARGV[3] prefix of the replicas' sets: whoever closes an order takes it out of whosever hands it is in
-- Returns for each item the text that stands at its position: its own, or what somebody else has put there.

local answers = {}
for number, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local journal, what, order, position, text, closes = KEYS[3 + number], item[1], item[2], item[3], item[4], item[5]
  local length = redis.call('LLEN', journal)
  if length == position and (what == 'append' or position == 0) then
    redis.call('RPUSH', journal, text)
    if what == 'open' then
      redis.call('SADD', KEYS[1], order)
      redis.call('SADD', KEYS[2], order)
      redis.call('ZADD', KEYS[3], 'NX', 0, string.sub(KEYS[2], #ARGV[3] + 1)) -- who has no lease yet can be found, too
    end
    answers[number] = text
  else
    answers[number] = redis.call('LINDEX', journal, position) or ''
  end
  if closes and answers[number] == text then
    redis.call('SREM', KEYS[1], order)
    if redis.call('SREM', KEYS[2], order) == 0 then
      for _, replica in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do redis.call('SREM', ARGV[3] .. replica, order) end
    end
    redis.call('EXPIRE', journal, ARGV[2])
  end
end
return answers
