#!lua
-- Puts an open order into this replica's hands, out of whosever it is in, unless a peer that is alive has it.
--   KEYS[1] open sagas   KEYS[2] leases (replica -> until ms)   KEYS[3] the order's list
--   ARGV: replica, lease ms, order id, prefix of the replicas' sets, what the names of peers begin with
-- Returns the order's list; nothing when it is closed or unknown, or when a peer has it.

local clock = redis.call('TIME')
local now_ms = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local replica, order, prefix, peers = ARGV[1], ARGV[3], ARGV[4], ARGV[5]
local leases = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
local open = redis.call('SISMEMBER', KEYS[1], order) == 1
for at = 1, #leases, 2 do
  local other, alive = leases[at], tonumber(leases[at + 1]) > now_ms
  local peer = string.sub(other, 1, #peers) == peers and other ~= replica
  if open and alive and peer and redis.call('SISMEMBER', prefix .. other, order) == 1 then return {} end
  redis.call('SREM', prefix .. other, order)
end
if not open then return {} end
redis.call('SADD', prefix .. replica, order)
redis.call('ZADD', KEYS[2], now_ms + tonumber(ARGV[2]), replica)
return redis.call('LRANGE', KEYS[3], 0, -1)
