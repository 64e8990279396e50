/** The supervisor, over a real Redis and two small programs: starts, restarts, and leaves nothing behind. */
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askRedis } from "@/bin/supervisor/ask-redis.mjs";
import { startOfProcess } from "@/bin/supervisor/start-of-process.mjs";
import { type RunningProgram, run } from "@/tests/support/processes";
import { startRedis } from "@/tests/support/redis";

const SUPERVISOR = path.join(import.meta.dirname, "programs/supervisor.mjs");

let folder: string;
let programs: RunningProgram[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-supervise-"));
  programs = [];
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  await rm(folder, { recursive: true, force: true });
});

function supervisor(behaviour = ""): RunningProgram {
  const program = run(process.execPath, [SUPERVISOR, folder, behaviour], { cwd: folder });
  programs.push(program);
  return program;
}

/** Process ids that a program of this name had, in order. */
function pids(output: string, name: "server" | "worker"): number[] {
  return [...output.matchAll(new RegExp(`^${name} up (\\d+)$`, "gm"))].map((match) => Number(match[1]));
}

function redisUrl(output: string): string {
  return /^ready (redis:.*)$/m.exec(output)?.[1] as string;
}

/** Waits until there is no such process. */
async function gone(pid: number): Promise<void> {
  while (startOfProcess(pid) !== null) await pause(20);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const result = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return result;
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

describe("the supervisor", () => {
  it("starts Redis, the server and then the worker, and at the first signal ends all of them", async () => {
    const program = supervisor();
    const output = await program.waitFor(/^worker up/m);
    expect(output).toMatch(/server up.*ready redis.*worker up/s);
    const port = Number(new URL(redisUrl(output)).port);
    expect(await answers(port)).toBe(true);

    program.child.kill("SIGINT");
    const [code] = await once(program.child, "close");
    expect(code).toBe(0);
    expect(program.output()).toMatch(/server asked to end/);
    expect(program.output()).toMatch(/worker asked to end/);
    for (const name of ["server", "worker"] as const) await gone(pids(output, name)[0] as number);
    expect(await answers(port)).toBe(false);
  });

  it.each(["server", "worker"] as const)("starts the %s again when it is killed, with the same Redis", async (name) => {
    const program = supervisor();
    const before = await program.waitFor(/^worker up/m);
    process.kill(pids(before, name)[0] as number, "SIGKILL");
    const after = await program.waitFor(new RegExp(`(^${name} up.*){2}`, "ms"));
    expect(pids(after, name)[1]).not.toBe(pids(after, name)[0]);
    expect(pids(after, name === "server" ? "worker" : "server")).toHaveLength(1);
    const urls = [...after.matchAll(/^ready (.*)$/gm)].map((match) => match[1]);
    expect(new Set(urls).size).toBe(1);
  });

  it("starts Redis again when it is killed, at the same address and with its data", async () => {
    const program = supervisor();
    const url = redisUrl(await program.waitFor(/^worker up/m));
    await withRedis(url, async (redis) => {
      await redis.set("kept", "yes");
      const redisPid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
      redis.on("error", () => {}); // while it is away
      const back = new Promise((resolve) => redis.once("ready", resolve));
      process.kill(redisPid, "SIGKILL");
      await back;
      expect(await redis.get("kept")).toBe("yes");
    });
  });

  it("leaves no server and no worker behind when it is killed, and the next start ends the Redis", async () => {
    const first = supervisor();
    const output = await first.waitFor(/^worker up/m);
    const url = redisUrl(output);
    await withRedis(url, (redis) => redis.set("kept", "yes"));
    first.child.kill("SIGKILL");
    for (const name of ["server", "worker"] as const) await gone(pids(output, name)[0] as number);
    expect(await answers(Number(new URL(url).port))).toBe(true);

    const second = supervisor();
    const again = await second.waitFor(/^worker up/m);
    expect(again).toContain("ended the redis of an earlier start");
    expect(redisUrl(again)).toBe(url);
    expect(await withRedis(url, (redis) => redis.get("kept"))).toBe("yes");
  });

  it("ends with 78 instead of trying again when the settings do not work", async () => {
    const program = supervisor("unfit");
    const [code] = await once(program.child, "close");
    expect(code).toBe(78);
    expect(program.output().match(/The settings do not work/g)).toHaveLength(1);
    expect(program.output()).not.toContain("worker up");
  });

  it("lets the server go on when a worker that has worked finds its settings not to work any more", async () => {
    const program = supervisor();
    const output = await program.waitFor(/^worker has said that it is ready/m);
    await writeFile(path.join(folder, "unfit"), "");
    process.kill(pids(output, "worker")[0] as number, "SIGKILL");
    await program.waitFor(/"name":"worker","code":78/);
    await rm(path.join(folder, "unfit"));
    const after = await program.waitFor(/(^worker up.*){2}/ms);
    expect(pids(after, "server")).toHaveLength(1);
    expect(after).not.toContain("server asked to end");
  });

  it("ends at once what does not want to end when the signal comes a second time", async () => {
    const program = supervisor("stubborn");
    const output = await program.waitFor(/^worker up/m);
    program.child.kill("SIGTERM");
    await program.waitFor(/server asked to end/);
    program.child.kill("SIGTERM");
    await once(program.child, "close");
    await gone(pids(output, "server")[0] as number);
    expect(await answers(Number(new URL(redisUrl(output)).port))).toBe(false);
  });
});

describe("the private Redis", () => {
  it("keeps its data, evicts nothing, and listens on loopback only", async () => {
    const url = redisUrl(await supervisor().waitFor(/^worker up/m));
    await withRedis(url, async (redis) => {
      const setting = async (name: string) => ((await redis.config("GET", name)) as string[])[1];
      expect(await setting("appendonly")).toBe("yes");
      expect(await setting("appendfsync")).toBe("everysec");
      expect(await setting("maxmemory-policy")).toBe("noeviction");
      expect(await setting("bind")).toBe("127.0.0.1");
      expect(await setting("dir")).toBe(folder);
    });
  });

  it("has a password that only its owner can read", async () => {
    const url = new URL(redisUrl(await supervisor().waitFor(/^worker up/m)));
    expect(url.password.length).toBeGreaterThanOrEqual(32);
    const file = path.join(folder, "connection.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await askRedis({ port: Number(url.port), password: "guess" }, "PING", 5000)).not.toContain("PONG");
    const listed = run("ps", ["-A", "-o", "args"]);
    await once(listed.child, "close");
    expect(listed.output()).not.toContain(url.password);
  });

  it("takes another port when a stranger has its own, and does the stranger no harm", async () => {
    const stranger = await startRedis();
    programs.push(stranger);
    await writeFile(path.join(folder, "connection.json"), JSON.stringify({ port: stranger.port, password: "ours" }));
    const url = redisUrl(await supervisor().waitFor(/^worker up/m));
    expect(Number(new URL(url).port)).not.toBe(stranger.port);
    expect(await withRedis(stranger.url, (redis) => redis.ping())).toBe("PONG");
    const kept = JSON.parse(await readFile(path.join(folder, "connection.json"), "utf8"));
    expect(kept.port).toBe(Number(new URL(url).port));
  });
});
