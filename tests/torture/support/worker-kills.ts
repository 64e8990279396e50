/**
 * `kill -9` of the real worker in the middle of compiling: every recording becomes ready all the same, with one MP4 that
 * is what its row says, and nothing of the attempts before is left.
 */
import { readdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { TrackKind } from "@/lib/domain/recording-state";
import { removeLeftWork } from "@/lib/server/recordings/left-work";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { addRecording } from "@/tests/integration/compile/capture-recording";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { KilledProcess, medianMs } from "@/tests/torture/support/killed-process";
import { bundleProcess } from "@/tests/torture/support/process-bundle";
import { captureChunks } from "@/tests/torture/support/recording-client";
import type { SeededRandom } from "@/tests/torture/support/seeded-random";
import type { Tally } from "@/tests/torture/support/tally";

/** Both kinds of work: pictures that are copied, and pictures that are transcoded. */
const CAPTURES = ["c20_h264_250", "hd_08", "sp_odd_vp8", "sp_screen_vp8", "sp_res_vp8"];
/** So many chunks of each track: a few seconds, so that a kill meets every phase of a compilation. */
const CHUNKS = { least: 8, most: 30 };
/** Recordings that nobody has begun to compile, kept up while there are kills to come: a killed one rests for 25 s. */
const WAITING = 3;
/** After a compilation has begun, how long the worker lives at most: longer than most compilations take, or few would ever end. */
const LONGEST_LIFE_MS = 6000;
/** A start takes about this long on an idle machine; where it takes longer, so do the lives, or no compilation would ever end. */
const USUAL_START_MS = 1000;
/** A worker that is killed while it starts has nothing to lose; it must not leave anything behind either. */
const KILLED_WHILE_STARTING = 0.05;
/** A job of a lost worker is noticed within 25 s (worker/worker.ts); nothing at all for this long means stuck. */
const PATIENCE_MS = 120_000;
const CLEAN_UP_IDLE_MS = 61_000;
/** Those that count against a recording; the default of 3 would end one that is killed three times, as it should. */
const MAX_ATTEMPTS = 20;

export interface WorkerKillOptions {
  kills: number;
  maxSeconds: number;
  random: SeededRandom;
  tally: Tally;
  onProgress?: (kills: number) => void;
}

/** @returns what was done, for the table */
export async function killWorker(options: WorkerKillOptions): Promise<Record<string, string | number>> {
  const bundle = await bundleProcess("worker");
  const services = await openTestServices({ COMPILE_MAX_ATTEMPTS: String(MAX_ATTEMPTS), COMPILE_CONCURRENCY: "2" });
  try {
    return await new WorkerKills(options, services, bundle.file).run();
  } finally {
    await services.dispose();
    await bundle.remove();
  }
}

class WorkerKills {
  readonly #options: WorkerKillOptions;
  readonly #services: TestServices;
  readonly #process: KilledProcess;
  /** Kills by what a compilation was doing. */
  readonly #hits: Record<string, number> = { starting: 0, idle: 0 };
  #userId = "";

  constructor(options: WorkerKillOptions, services: TestServices, file: string) {
    this.#options = options;
    this.#services = services;
    this.#process = new KilledProcess(file, { ...process.env, ...services.environment });
  }

  async run(): Promise<Record<string, string | number>> {
    const { random } = this.#options;
    this.#userId = (await addUser(this.#services)).userId;
    const startedAt = performance.now();
    const kills = await this.#kill();
    await this.#process.start();
    await this.#settle();
    await this.#process.end("SIGTERM");
    // What a killed worker left goes with the clean-up, which leaves alone what was touched in the last minute.
    await pause(CLEAN_UP_IDLE_MS);
    await removeLeftWork(this.#services);
    const attempts = await this.#check();
    return {
      kills,
      ...Object.fromEntries(Object.entries(this.#hits).map(([phase, hits]) => [`while ${phase}`, hits])),
      recordings: attempts.length,
      "attempts of a recording, most": Math.max(...attempts),
      "attempts of a recording, mean": (attempts.reduce((sum, each) => sum + each, 0) / attempts.length).toFixed(1),
      "median start": `${medianMs(this.#process.startsMs)} ms`,
      "time taken": `${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
      seed: random.seed,
    };
  }

  async #kill(): Promise<number> {
    const { kills, maxSeconds, random, onProgress } = this.#options;
    const deadline = performance.now() + maxSeconds * 1000;
    let killed = 0;
    while (killed < kills && performance.now() < deadline) {
      await this.#fillUp();
      const startedAt = new Date();
      this.#process.spawn();
      if (random.chance(KILLED_WHILE_STARTING)) {
        await pause(random.between(0, 1000));
        this.#note("starting");
      } else {
        await this.#process.ready();
        await this.#compilingSince(startedAt);
        const slowness = Math.max(1, medianMs(this.#process.startsMs) / USUAL_START_MS);
        await pause(random.between(0, LONGEST_LIFE_MS) * slowness);
        this.#note(await this.#phase());
      }
      await this.#process.end("SIGKILL");
      killed += 1;
      onProgress?.(killed);
    }
    return killed;
  }

  #note(phase: string): void {
    this.#hits[phase] = (this.#hits[phase] ?? 0) + 1;
  }

  async #fillUp(): Promise<void> {
    const { random } = this.#options;
    const { database } = this.#services;
    let waiting = await database.recording.count({ where: { state: "stopped", compileAttempts: 0 } });
    for (; waiting < WAITING; waiting += 1) {
      const capture = random.pick(CAPTURES);
      const chunks = random.between(CHUNKS.least, CHUNKS.most);
      const some = (kind: TrackKind) => captureChunks(capture, kind).slice(0, chunks);
      await addRecording(this.#services, this.#userId, { video: some("video"), audio: some("audio") });
    }
  }

  /** Waits until this life of the worker has begun to compile. */
  async #compilingSince(startedAt: Date): Promise<void> {
    const begun = { state: "compiling", compileStartedAt: { gte: startedAt } };
    const deadline = performance.now() + PATIENCE_MS;
    while ((await this.#services.database.recording.count({ where: begun })) === 0) {
      if (performance.now() > deadline) throw new Error("the worker does not begin to compile");
      await pause(20);
    }
  }

  /** What the compilation that was begun last is doing; "idle" when none is running. */
  async #phase(): Promise<string> {
    const running = await this.#services.database.recording.findFirst({
      where: { state: "compiling" },
      orderBy: { compileStartedAt: "desc" },
    });
    if (running === null) return "idle";
    return this.#services.progress.get(running.id)?.phase ?? "probing";
  }

  /** Waits until every recording has ended one way or the other, as long as something goes on. */
  async #settle(): Promise<void> {
    const { database } = this.#services;
    let before = "";
    let deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const open = await database.recording.findMany({
        where: { state: { notIn: ["ready", "failed"] } },
        select: { id: true, state: true, compileAttempts: true },
      });
      if (open.length === 0) return;
      const now = JSON.stringify(open);
      if (now !== before) deadline = performance.now() + PATIENCE_MS;
      before = now;
      await pause(200);
    }
  }

  /** @returns attempts of each recording */
  async #check(): Promise<number[]> {
    const { database, folder } = this.#services;
    const { tally } = this.#options;
    const rows = await database.recording.findMany({ include: { tracks: true, outputs: true } });
    for (const { id, state, failureCode, tracks, outputs } of rows) {
      if (state !== "ready") {
        tally.stuck(`${id} is "${state}" (${failureCode})`);
        continue;
      }
      const made = outputs.filter(({ kind }) => kind === "mp4");
      if (made.length !== 1) tally.stuck(`${id} has ${made.length} rows of an MP4`);
      for (const { filename, sizeBytes, sha256 } of outputs) {
        const size = await folder.size(id, filename);
        if (size === null || BigInt(size) !== sizeBytes || (await sha256OfFile(folder.file(id, filename))) !== sha256) {
          tally.stuck(`${id}: ${filename} is not what its row says`);
        }
      }
      const files = await readdir(folder.folder(id));
      if (files.filter((file) => file.endsWith(".mp4")).length !== 1 || files.includes("work")) {
        tally.stuck(`${id}: its folder has ${files.join(", ")}`);
      }
      for (const { filename } of tracks) if (!files.includes(filename)) tally.lost(1, `${id}: ${filename} is gone`);
    }
    return rows.map(({ compileAttempts }) => compileAttempts);
  }
}
