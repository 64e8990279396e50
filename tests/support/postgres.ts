/** A real PostgreSQL of the test's own: on loopback, on a free port, in a folder that goes with it. */
import { readFileSync } from "node:fs";
import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findPostgresql } from "@/bin/setup/find-program.mjs";
import { freePort, type RunningProgram, run } from "@/tests/support/processes";

export interface TestPostgres {
  /** Makes an empty database. @returns its address, for DATABASE_URL */
  createDatabase(name: string): Promise<string>;
  /** Ends the server, in order or at once; its data stays. */
  goAway(signal?: "SIGINT" | "SIGQUIT"): Promise<void>;
  /** Starts it again, at the same address. */
  comeBack(): Promise<void>;
  /** It takes connections and never answers, until {@link thaw}. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<TestPostgres> {
  const programs = findPostgresql();
  if (programs === null) throw new Error("There is no PostgreSQL server; bin/test installs one.");
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-postgres-"));
  const user = await unprivilegedUser();
  if (user !== null) await chown(folder, user.uid, user.gid);
  const options = { cwd: folder, ...(user ?? {}) };
  const port = await freePort();

  const init = run(
    path.join(programs, "initdb"),
    ["-D", folder, "-U", "tapedeck", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    options,
  );
  await init.waitFor(/Success\. You can now start/);
  const start = async (): Promise<RunningProgram> => {
    const program = run(
      path.join(programs, "postgres"),
      // Nothing here outlives the test, so nothing needs to reach the disk.
      ["-D", folder, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-c", "fsync=off"],
      options,
    );
    await program.waitFor(/database system is ready to accept connections/);
    return program;
  };
  let server = await start();

  const addressOf = (database: string) => `postgresql://tapedeck@127.0.0.1:${port}/${database}`;
  return {
    async createDatabase(name) {
      const { default: pg } = await import("pg");
      const client = new pg.Client({ connectionString: addressOf("postgres") });
      await client.connect();
      await client.query(`CREATE DATABASE "${name}"`);
      await client.end();
      return addressOf(name);
    },
    // "fast": connections are closed, not waited for; "immediate": as in a crash
    goAway: (signal = "SIGINT") => server.stop(signal),
    async comeBack() {
      server = await start();
    },
    freeze: () => signalAll(server, "SIGSTOP"),
    thaw: () => signalAll(server, "SIGCONT"),
    async stop() {
      await server.stop("SIGINT"); // "fast": connections are closed, not waited for
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Signals the server and the process of each connection. */
function signalAll({ child }: RunningProgram, signal: "SIGSTOP" | "SIGCONT"): void {
  const pid = child.pid as number;
  // The server first, so that no process is made meanwhile.
  process.kill(pid, signal);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  for (const each of children) process.kill(Number(each), signal);
}

/** PostgreSQL refuses to run as root. @returns null when we are not root and need nobody else */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const found = ["postgres", "nobody"].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  if (found === undefined) throw new Error("There is no user to run PostgreSQL as.");
  return { uid: Number(found[2]), gid: Number(found[3]) };
}
