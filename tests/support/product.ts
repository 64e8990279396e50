/** The product as it is run in production, in a folder of its own: Redis, server and worker from their bundles. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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
    ...process.env,
    NODE_ENV: "production" as const,
    RECORDINGS_DIR: path.join(folder, "recordings"),
    DATA_DIR: path.join(folder, "data"),
    REDIS_URL: redis.url,
    MIN_FREE_BYTES: "0",
    UV_THREADPOOL_SIZE: "16",
    ...environment,
  };
  const start = async (name: "server" | "worker", more: Record<string, string> = {}) => {
    const program = run(process.execPath, ["--enable-source-maps", `dist/${name}.mjs`], { env: { ...own, ...more } });
    const output = await program.waitFor(new RegExp(`"msg":"${name} ready"`));
    return { program, output };
  };

  const { program: server, output } = await start("server", { PORT: "0" });
  const url = /"url":"([^"]+)"/.exec(output)?.[1] as string;
  const { program: worker } = await start("worker");
  const product: Product = {
    url,
    folder,
    redis,
    server,
    worker,
    async startServer() {
      product.server = (await start("server", { PORT: new URL(url).port })).program;
      return product.server;
    },
    async startWorker() {
      product.worker = (await start("worker")).program;
      return product.worker;
    },
    async stop() {
      await Promise.all([product.server.stop(), product.worker.stop()]);
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return product;
}
