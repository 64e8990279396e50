/**
 * Every call on the disk that a recording needs fails in turn, in the real server under the real client; and a real small
 * file system fills up and is freed. The recording has to arrive whole, by itself.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TestServer } from "@/tests/support/server";
import type { DiskError, FaultPlan, FaultyDisk } from "@/tests/torture/support/faulty-disk";
import { SteadyRecording } from "@/tests/torture/support/steady-recording";
import { megabytes, type Tally } from "@/tests/torture/support/tally";

const ERRORS: DiskError[] = ["ENOSPC", "EIO", "EROFS"];
/** Recordings at the same time; most of the time each waits for the pause between two attempts. */
const PARALLEL = 12;
/** Long enough for several groups, which are a sync each. */
const RECORD_MS = 1000;
/** Calls that fail in a row where a disk stays broken for a while. */
const PAUSE_CALLS = 5;

/** @returns what was done, for the table */
export async function failEveryCall(
  server: TestServer,
  disk: FaultyDisk,
  tally: Tally,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Record<string, string | number>> {
  const target = { url: server.url.replace("localhost", "127.0.0.1"), token: server.token };
  const { folder } = server.services;
  disk.root = folder.root;
  let compared = 0;
  let failed = 0;

  async function record(plan: FaultPlan): Promise<readonly string[]> {
    const recording = await SteadyRecording.begin(target, tally, 40, (id) => disk.plan(id, plan));
    await pause(RECORD_MS);
    await recording.finish();
    compared += await recording.compare(folder);
    const row = await server.services.database.recording.findUniqueOrThrow({ where: { id: recording.id } });
    if (row.state !== "stopped") tally.stuck(`${recording.id} is "${row.state}" after ${JSON.stringify(plan)}`);
    failed += disk.failedOf(recording.id);
    return disk.callsOf(recording.id);
  }

  // The first one finds everything cold and makes fewer, larger groups.
  await record({ nth: 0, error: "EIO", mode: "once", calls: 0 });
  const calls = await record({ nth: 0, error: "EIO", mode: "once", calls: 0 });
  const plans: FaultPlan[] = [];
  for (let nth = 1; nth <= calls.length; nth += 1) {
    for (const error of ERRORS) {
      plans.push({ nth, error, mode: "once", calls: 1 }, { nth, error, mode: "pause", calls: PAUSE_CALLS });
    }
    plans.push({ nth, error: "ENOSPC", mode: "short", calls: 1 });
    plans.push({ nth, error: "EIO", mode: "dropped", calls: 1 }, { nth, error: "EIO", mode: "dropped", calls: 2 });
  }
  let next = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let plan = plans[next++]; plan !== undefined; plan = plans[next++]) {
        await record(plan);
        done += 1;
        onProgress(done, plans.length);
      }
    }),
  );
  // Before a recording has a folder there is nothing to lose; whoever begins one is told, and tries again.
  for (const call of ["mkdir", "syncRoot"] as const) {
    disk.failNext(call, "ENOSPC");
    await record({ nth: 0, error: "EIO", mode: "once", calls: 0 });
  }
  const kinds = new Map<string, number>();
  for (const call of calls) kinds.set(call, (kinds.get(call) ?? 0) + 1);
  return {
    "calls of one recording": `${calls.length} (${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(", ")})`,
    "recordings, each with another call failing": plans.length + 2,
    "calls that failed": failed,
    "bytes compared": megabytes(compared),
  };
}

/** How large the file system is, and how long it stays full. */
const SMALL = { megabytes: 24, fullMs: 4000, recordings: 3 };

export interface SmallDisk {
  folder: string;
  grow(): void;
  remove(): Promise<void>;
}

/** A file system of its own. @returns null when this process may not mount one */
export async function mountSmallDisk(): Promise<SmallDisk | null> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SMALL.megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    grow: () => execFileSync("mount", ["-o", `remount,size=${SMALL.megabytes * 20}m`, folder]),
    async remove() {
      execFileSync("umount", [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

/** @param server keeps its recordings on the disk */
export async function fillUp(
  server: TestServer,
  disk: SmallDisk,
  tally: Tally,
): Promise<Record<string, string | number>> {
  const target = { url: server.url.replace("localhost", "127.0.0.1"), token: server.token };
  const { folder } = server.services;
  const recordings = await Promise.all(
    Array.from({ length: SMALL.recordings }, () => SteadyRecording.begin(target, tally, 25)),
  );
  const isWaiting = () => recordings.every(({ tracks }) => tracks.some(({ state }) => state.phase === "waiting"));
  const startedAt = performance.now();
  while (!isWaiting()) {
    if (performance.now() - startedAt > 120_000) throw new Error("the disk does not fill up");
    await pause(50);
  }
  await pause(SMALL.fullMs);
  const { bavail, bsize } = await statfs(disk.folder);
  const problems = new Set(
    recordings.flatMap(({ tracks }) => tracks.map(({ state }) => state.problem?.code ?? "none")),
  );
  const health = await server.ask("GET", "/api/health");
  if (health.status !== 200) tally.stuck(`the server's health is ${health.status} while its disk is full`);
  for (const { id, tracks } of recordings) {
    for (const { kind, ackedOffset } of tracks) {
      const { size } = await stat(folder.file(id, `${kind}.webm`));
      tally.lost(ackedOffset - size, `${id} ${kind} on the full disk`);
    }
  }
  const acked = () => recordings.reduce((sum, { ackedBytes }) => sum + ackedBytes, 0);
  const ackedWhenFull = acked();
  disk.grow();
  const freedAt = performance.now();
  while (acked() === ackedWhenFull && performance.now() - freedAt < 60_000) await pause(20);
  const resumedMs = performance.now() - freedAt;
  let compared = 0;
  for (const recording of recordings) {
    await recording.finish();
    compared += await recording.compare(folder);
  }
  return {
    "small disk": `${SMALL.megabytes} MB, ${megabytes(bavail * bsize)} free when full`,
    "acknowledged when it was full": megabytes(ackedWhenFull),
    "what the sources were told": [...problems].join(", "),
    "first acknowledgement after it was freed": `${(resumedMs / 1000).toFixed(1)} s`,
    "bytes on it compared": megabytes(compared),
  };
}
