/**
 * `kill -9` of the real server at random instants, while recordings begin, run, are finished and are stopped. Every
 * recording's files are compared with what its source sent, byte for byte.
 */
import { readFile, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { trackFilename } from "@/lib/domain/names";
import { TRACK_KINDS } from "@/lib/domain/recording-state";
import { endInterrupted } from "@/lib/server/recordings/upkeep";
import { createToken } from "@/lib/server/users/api-tokens";
import { freePort } from "@/tests/support/processes";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { KilledProcess, medianMs } from "@/tests/torture/support/killed-process";
import { bundleProcess } from "@/tests/torture/support/process-bundle";
import { askUntilAnswered, captureChunks, type Target, TrackSource } from "@/tests/torture/support/recording-client";
import type { SeededRandom } from "@/tests/torture/support/seeded-random";
import { megabytes, type Tally } from "@/tests/torture/support/tally";

const CAPTURES = ["c20_h264_250", "hd_08", "sp_pause_h264", "sp_res_vp8", "sp_odd_vp8"];
/** Chunks a recording has: short ones, so that beginnings and ends are hit as often as middles. */
const CHUNKS = { least: 4, most: 50 };
/** Between two chunks; a browser's are 250 ms apart, so a recording goes by ten times as fast. */
const CHUNK_INTERVAL_MS = { least: 5, most: 45 };
/** After `ready`, how long the server lives at most; one life in five is longer, so that recordings come to their end. */
const LONGEST_LIFE_MS = { most: 400, fifth: 2000 };
/** A start takes about this long on an idle machine; where it takes longer, so do the lives, so that as much happens in each. */
const USUAL_START_MS = 550;
/** How often it is killed while it starts, and how often a recording is ended by the API rather than by its page. */
const SHARES = { killedWhileStarting: 0.1, stoppedByApi: 0.2 };
/** Each life has one of these, so that kills meet groups of every size. 250 is the default. */
const SYNC_INTERVALS_MS = [1, 10, 50, 250];
/** So long that what a hasty server has acknowledged is not yet written when it is killed. */
const HASTY_SYNC_INTERVAL_MS = 1000;
/** In the end, nothing new for this long means stuck: three of the longest pauses between attempts, on a busy machine. */
const PATIENCE_MS = 30_000;

export interface ServerKillOptions {
  kills: number;
  /** At the same time. */
  recordings: number;
  /** No kill after this, however many are left. */
  maxSeconds: number;
  random: SeededRandom;
  tally: Tally;
  onProgress?: (kills: number) => void;
  /** A server that acknowledges before it writes is killed instead: the run must find that. */
  isHasty?: boolean;
}

interface Recording {
  id: string | null;
  /** What is waited for while the server may die. */
  asking: "create" | "stop" | null;
  tracks: TrackSource[];
  end: "finished" | "stopped" | null;
}

/** @returns what was done, for the table */
export async function killServer(options: ServerKillOptions): Promise<Record<string, string | number>> {
  const bundle = await bundleProcess("server", { isHasty: options.isHasty ?? false });
  const services = await openTestServices({ PORT: String(await freePort()) });
  try {
    return await new ServerKills(options, services, bundle.file).run();
  } finally {
    await services.dispose();
    await bundle.remove();
  }
}

class ServerKills {
  readonly #options: ServerKillOptions;
  readonly #services: TestServices;
  readonly #process: KilledProcess;
  readonly #live = new Set<Recording>();
  readonly #ended: Recording[] = [];
  #target: Target = { url: "", token: "" };
  #isEnding = false;
  readonly #hits = { starting: 0, create: 0, stop: 0, finish: 0, unacknowledged: 0 };
  #ackedBytes = 0;
  #connections = 0;

  constructor(options: ServerKillOptions, services: TestServices, file: string) {
    this.#options = options;
    this.#services = services;
    this.#process = new KilledProcess(file, { ...process.env, ...services.environment });
  }

  async run(): Promise<Record<string, string | number>> {
    const { tally, recordings, random } = this.#options;
    const { userId } = await addUser(this.#services);
    await this.#services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
    const { token } = await createToken(this.#services, userId, "torture");
    this.#target = { url: `http://127.0.0.1:${this.#services.config.PORT}`, token };
    const startedAt = performance.now();
    const sources = Array.from({ length: recordings }, async () => {
      const own = random.fork();
      while (!this.#isEnding) await this.#record(own);
    });
    const all = Promise.all(sources);
    let kills = 0;
    try {
      kills = await Promise.race([this.#kill(), all.then(() => 0)]);
      this.#isEnding = true;
      await this.#process.start();
      this.#retry();
      // What a hasty server has lost, its source no longer has: those recordings never end.
      if (!this.#options.isHasty) await this.#settle(all);
    } finally {
      this.#isEnding = true;
    }
    for (const recording of [...this.#live]) {
      const { id, tracks } = recording;
      this.#live.delete(recording);
      tally.stuck(`${id}: ${tracks.map(({ kind, state }) => `${kind} ${JSON.stringify(state)}`).join(", ")}`);
      await Promise.all(tracks.map((track) => track.abandon()));
    }
    await this.#process.end("SIGTERM");
    const strays = await this.#checkRows();
    return {
      kills,
      "while starting": this.#hits.starting,
      "with a recording being created": this.#hits.create,
      "with a track being finished": this.#hits.finish,
      "with a recording being stopped": this.#hits.stop,
      "with unacknowledged bytes": this.#hits.unacknowledged,
      "recordings at a time": recordings,
      "recordings finished by their page": this.#ended.filter(({ end }) => end === "finished").length,
      "recordings stopped by the API": this.#ended.filter(({ end }) => end === "stopped").length,
      "recordings whose creation was never answered": strays,
      "bytes acknowledged and compared": megabytes(this.#ackedBytes),
      "sockets that got ready": this.#connections,
      "median start": `${medianMs(this.#process.startsMs)} ms`,
      "time taken": `${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
      seed: random.seed,
    };
  }

  async #kill(): Promise<number> {
    const { kills, maxSeconds, random, onProgress, isHasty = false } = this.#options;
    const deadline = performance.now() + maxSeconds * 1000;
    let killed = 0;
    let startMs = 1000;
    // One that is to lose something has been seen to when it has.
    while (killed < kills && performance.now() < deadline && (!isHasty || this.#options.tally.isClean)) {
      this.#process.spawn({
        SYNC_INTERVAL_MS: String(isHasty ? HASTY_SYNC_INTERVAL_MS : random.pick(SYNC_INTERVALS_MS)),
      });
      // A hasty one has something to lose only after a while.
      const isStarting = !isHasty && random.chance(SHARES.killedWhileStarting);
      if (isStarting) {
        await pause(random.between(0, startMs));
        this.#hits.starting += 1;
      } else {
        await this.#process.ready();
        startMs = medianMs(this.#process.startsMs);
        this.#retry();
        const longest = isHasty || random.chance(0.2) ? LONGEST_LIFE_MS.fifth : LONGEST_LIFE_MS.most;
        await pause(random.between(0, longest) * Math.max(1, startMs / USUAL_START_MS));
        this.#noteHits();
      }
      await this.#process.end("SIGKILL");
      killed += 1;
      await this.#checkLive();
      onProgress?.(killed);
    }
    return killed;
  }

  /** Lets the sources bring what is left, as long as something goes on. */
  async #settle(all: Promise<unknown>): Promise<void> {
    const settled = all.then(() => true);
    let before = -1;
    let deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline && !(await Promise.race([settled, pause(200, false)]))) {
      const tracks = [...this.#live].flatMap((recording) => recording.tracks);
      const now = tracks.reduce((sum, { ackedOffset }) => sum + ackedOffset, this.#connections) + this.#ended.length;
      if (now !== before) deadline = performance.now() + PATIENCE_MS;
      before = now;
    }
  }

  /** Tells the sources that the server is back, as a browser does when the network is; without it they wait up to 10 s. */
  #retry(): void {
    for (const { tracks } of this.#live) for (const track of tracks) track.retry();
  }

  #noteHits(): void {
    const live = [...this.#live];
    const tracks = live.flatMap((recording) => recording.tracks);
    if (live.some(({ asking }) => asking === "create")) this.#hits.create += 1;
    if (live.some(({ asking }) => asking === "stop")) this.#hits.stop += 1;
    if (tracks.some(({ isFinishing }) => isFinishing)) this.#hits.finish += 1;
    if (tracks.some(({ state }) => state.queuedBytes > 0)) this.#hits.unacknowledged += 1;
  }

  /** Between two lives: what each source was told is durable is there, and nothing else is. */
  async #checkLive(): Promise<void> {
    for (const recording of [...this.#live]) {
      if (recording.id === null) continue;
      for (const track of recording.tracks) {
        if (track.ackedOffset === 0) continue;
        const file = this.#services.folder.file(recording.id, trackFilename(track.kind, 1));
        const { size } = await stat(file).catch(() => ({ size: 0 }));
        const what = `${recording.id} ${track.kind} after a kill`;
        this.#options.tally.lost(track.ackedOffset - size, what);
        this.#options.tally.duplicated(size - track.recordedBytes, what);
      }
    }
  }

  async #record(random: SeededRandom): Promise<void> {
    const recording: Recording = { id: null, asking: "create", tracks: [], end: null };
    this.#live.add(recording);
    const capture = random.pick(CAPTURES);
    const kinds = TRACK_KINDS;
    const created = await askUntilAnswered(this.#target, "/api/v1/recordings", { tracks: kinds }, () => this.#isEnding);
    recording.asking = null;
    if (created === null) return void this.#live.delete(recording);
    const id = created.id as string;
    recording.id = id;
    recording.tracks = kinds.map(
      (kind) =>
        new TrackSource({
          target: this.#target,
          recordingId: id,
          kind,
          tally: this.#options.tally,
          onReady: () => {
            this.#connections += 1;
          },
        }),
    );
    const first = random.between(0, 10);
    const chunks = random.between(CHUNKS.least, CHUNKS.most);
    for (let index = 0; index < chunks; index += 1) {
      for (const track of recording.tracks) {
        const all = captureChunks(capture, track.kind);
        track.record((all[(first + index) % all.length] as (typeof all)[number]).bytes);
      }
      await pause(random.between(CHUNK_INTERVAL_MS.least, CHUNK_INTERVAL_MS.most));
    }
    if (random.chance(SHARES.stoppedByApi)) await this.#stop(recording, id);
    else {
      await Promise.all(recording.tracks.map((track) => track.finish()));
      if (!this.#live.has(recording)) return;
      recording.end = "finished";
    }
    for (const track of recording.tracks) {
      const stored = await readFile(this.#services.folder.file(id, trackFilename(track.kind, 1))).catch(() =>
        Buffer.alloc(0),
      );
      const sent = track.recorded();
      // Finished means that all of it was acknowledged, whatever was said before.
      const acked = recording.end === "finished" ? sent.length : track.ackedOffset;
      this.#options.tally.compare(stored, sent, acked, `${id} ${track.kind}, ${recording.end}`);
      this.#ackedBytes += acked;
    }
    this.#live.delete(recording);
    // Its bytes are compared and need not be kept in memory; its row is looked at in the end.
    this.#ended.push({ ...recording, tracks: [] });
  }

  /** The page is closed with bytes unsent, and the user ends the recording elsewhere. */
  async #stop(recording: Recording, id: string): Promise<void> {
    await Promise.all(recording.tracks.map((track) => track.abandon()));
    recording.asking = "stop";
    await askUntilAnswered(this.#target, `/api/v1/recordings/${id}/stop`, {});
    recording.asking = null;
    recording.end = "stopped";
  }

  /**
   * Rows say what the files are, and everything has ended. @returns how many recordings no source knows of, because the
   * server died before it answered; these are ended by the upkeep, as if their source had gone.
   */
  async #checkRows(): Promise<number> {
    const { database, folder } = this.#services;
    const { tally } = this.#options;
    const known = new Map(this.#ended.map((recording) => [recording.id, recording]));
    const rows = await database.recording.findMany({ include: { tracks: true } });
    for (const row of rows) {
      const recording = known.get(row.id);
      if (recording === undefined) continue;
      // A socket that was opened before the stop, and that the server came to after it, opens a recording again: its source
      // might have come back. Then it is the upkeep that ends it, below.
      const mayBeOpen = recording.end === "stopped" && row.state === "recording";
      if (row.state !== "stopped" && !mayBeOpen) tally.stuck(`${row.id} was ${recording.end} and is "${row.state}"`);
      for (const track of row.tracks) {
        const size = BigInt((await folder.size(row.id, track.filename)) ?? 0);
        if (recording.end === "finished" && (track.finishedAt === null || track.sizeBytes !== size)) {
          tally.stuck(`${row.id} ${track.filename}: the row says ${track.sizeBytes} bytes, the disk has ${size}`);
        }
      }
      known.delete(row.id);
    }
    for (const id of known.keys()) tally.stuck(`${id} has no row`);
    const timeoutMs = this.#services.config.INTERRUPTED_TIMEOUT_MINUTES * 60_000;
    await endInterrupted(this.#services, new Date(Date.now() + timeoutMs + 1000));
    for (const { id } of await database.recording.findMany({ where: { state: "recording" } })) {
      tally.stuck(`${id}: upkeep does not end it`);
    }
    return rows.length - this.#ended.length;
  }
}
