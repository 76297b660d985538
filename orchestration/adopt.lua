#!lua
-- Renews a replica's lease, in the server's time, and hands it what a replica without a lease has left.
--   KEYS[1] leases (replica -> until ms)     ARGV: replica, lease ms, most orders to take, prefix of the replicas' sets
-- Returns the order ids that are in this replica's hands from now on.

local clock = redis.call('TIME')
local now_ms = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local taken = {}
for _, replica in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now_ms)) do
  if replica ~= ARGV[1] then
    local theirs = ARGV[4] .. replica
    for _, order in ipairs(redis.call('SRANDMEMBER', theirs, tonumber(ARGV[3]) - #taken)) do
      redis.call('SMOVE', theirs, ARGV[4] .. ARGV[1], order)
      taken[#taken + 1] = order
    end
    if redis.call('SCARD', theirs) == 0 then redis.call('ZREM', KEYS[1], replica) end
    if #taken >= tonumber(ARGV[3]) then break end
  end
end
redis.call('ZADD', KEYS[1], now_ms + tonumber(ARGV[2]), ARGV[1])
return taken
