/** Real services in a folder of the test's own: SQLite (or PostgreSQL, when asked), Redis, disk. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { loadConfig } from "@/lib/server/config/load";
import { openServices, type Services } from "@/lib/server/services";
import { startRedis, type TestRedis } from "@/tests/support/redis";

export interface TestServices extends Services {
  /** The environment another process needs to work on the same things. */
  environment: Record<string, string>;
  redisServer: TestRedis;
  /** Closes everything and removes the folder. */
  dispose(): Promise<void>;
}

/** @param environment settings beyond the folders, database and Redis of the test */
export async function openTestServices(environment: Record<string, string> = {}): Promise<TestServices> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-test-"));
  const redis = await startRedis();
  const own: Record<string, string> = {
    // A developer's own settings, above all the database, are no business of a test.
    ENV_FILE: devNull,
    RECORDINGS_DIR: path.join(folder, "recordings"),
    DATA_DIR: path.join(folder, "data"),
    REDIS_URL: redis.url,
    RTMP_LISTEN: "off",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
    // A third less work than the default, of the same kind.
    COMPILE_PRESET: "superfast",
    MIN_FREE_BYTES: "0",
    RESERVE_BYTES: "0",
    // What is made beside the MP4 has tests of its own.
    PREVIEWS: "false",
    ...environment,
  };
  const services = await openServices("test", loadConfig(own));
  return {
    ...services,
    environment: own,
    redisServer: redis,
    async dispose() {
      await services.close();
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Adds a user straight to the database; the password cannot be used to sign in. */
export async function addUser(
  { database }: Services,
  email = `${randomUUID()}@example.org`,
): Promise<{ userId: string }> {
  const user = await database.user.create({ data: { id: randomUUID(), email, name: "Test", role: "member" } });
  return { userId: user.id };
}
