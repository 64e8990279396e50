/** A real Redis of the test's own: on loopback, on a free port, keeping nothing. */
import { once } from "node:events";
import type { Redis } from "ioredis";
import { freePort, type RunningProgram, run } from "@/tests/support/processes";

export interface TestRedis extends RunningProgram {
  url: string;
  port: number;
}

export async function startRedis(port?: number): Promise<TestRedis> {
  const chosen = port ?? (await freePort());
  const program = run("redis-server", [
    ...["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    ...["--maxmemory-policy", "noeviction"],
  ]);
  await program.waitFor(/Ready to accept connections/);
  return { ...program, port: chosen, url: `redis://127.0.0.1:${chosen}` };
}

/** Waits until a connection that fails fast can be used. */
export async function connected(redis: Redis): Promise<void> {
  if (redis.status !== "ready") await once(redis, "ready");
}
