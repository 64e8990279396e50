/** The product as it is run in production, in a folder of its own: Redis, server and worker from their bundles. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { testEnvironment } from "@/tests/support/environment";
import { type RunningProgram, run } from "@/tests/support/processes";
import { startRedis, type TestRedis } from "@/tests/support/redis";

export interface Product {
  url: string;
  /** Holds `recordings/` and `data/`. */
  folder: string;
  redis: TestRedis;
  /** May be killed and started again by the test. */
  server: RunningProgram;
  worker: RunningProgram;
  /** Starts the server again, at the same address. */
  startServer(): Promise<RunningProgram>;
  startWorker(): Promise<RunningProgram>;
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts it; the bundles must be there (`npm run build`).
 *
 * @param environment settings beyond the folders, the port and Redis
 */
export async function startProduct(environment: Record<string, string> = {}): Promise<Product> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-product-"));
  const redis = await startRedis();
  const own = {
    ...testEnvironment(),
    NODE_ENV: "production" as const,
    RECORDINGS_DIR: path.join(folder, "recordings"),
    DATA_DIR: path.join(folder, "data"),
    REDIS_URL: redis.url,
    // A third less work than the default, of the same kind.
    COMPILE_PRESET: "superfast",
    MIN_FREE_BYTES: "0",
    RESERVE_BYTES: "0",
    UV_THREADPOOL_SIZE: "16",
    RTMP_LISTEN: "off",
    ...environment,
  };
  const running = new Map<"server" | "worker", RunningProgram>();
  const start = async (name: "server" | "worker", port = "0") => {
    const env = name === "server" ? { ...own, PORT: port } : own;
    const program = run(process.execPath, ["--enable-source-maps", `dist/${name}.mjs`], { env });
    running.set(name, program);
    await program.waitFor(new RegExp(`"msg":"${name} ready"`));
    return program;
  };
  const stop = async () => {
    await Promise.all([...running.values()].map((program) => program.stop()));
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const server = await start("server");
    const url = /"url":"([^"]+)"/.exec(server.output())?.[1] as string;
    const product: Product = {
      url,
      folder,
      redis,
      server,
      worker: await start("worker"),
      startServer: async () => (product.server = await start("server", new URL(url).port)),
      startWorker: async () => (product.worker = await start("worker")),
      stop,
    };
    return product;
  } catch (error) {
    await stop();
    throw error;
  }
}
