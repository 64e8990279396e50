/** Connections to Redis: a producer that fails fast, and a consumer that waits as long as it takes. */
import { Redis } from "ioredis";
import type { Log } from "@/lib/server/log";

/** Longest wait between two attempts to reach Redis. */
const MAX_RECONNECT_MS = 2000;

/** Address of the Redis to use; without a setting, the one on this machine. */
export function redisUrlOf({ REDIS_URL }: { REDIS_URL: string }): string {
  return REDIS_URL || "redis://127.0.0.1:6379";
}

/** @param role producers answer a request and must not hang on a dead Redis; consumers (BullMQ's workers) must */
export function connectRedis(url: string, role: "producer" | "consumer", log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: role === "consumer" ? null : 1,
    enableOfflineQueue: role === "consumer",
    connectTimeout: 5000,
    ...(role === "producer" ? { commandTimeout: 3000 } : {}),
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, MAX_RECONNECT_MS),
  });
  let isDown = false;
  redis.on("error", (error: Error) => {
    if (!isDown) log.warn({ error: error.message }, "redis is away");
    isDown = true;
  });
  redis.on("ready", () => {
    if (isDown) log.info("redis is back");
    isDown = false;
  });
  return redis;
}
