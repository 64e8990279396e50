/** What the product does with the disk, one operation each, from its own functions and in its own order. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "@/lib/domain/errors";
import { mp4Filename, THUMBNAIL_FILENAME, trackFilename } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { cleanUp } from "@/lib/server/recordings/clean-up";
import { claimCompilation, type MadeOutput, publishCompilation } from "@/lib/server/recordings/compilation";
import { createRecording, deleteRecording, requestCompile, stopRecording } from "@/lib/server/recordings/lifecycle";
import { TrackWriter } from "@/lib/server/storage/track-writer";
import { LiveTrack } from "@/server/ingest/live-track";
import type { ModelOptions } from "@/tests/torture/powerloss-file-system";
import { sourceOf, type World } from "@/tests/torture/powerloss-world";

export interface Scenario {
  name: string;
  /** Faults of the disk besides the power cut. */
  faults?: Omit<ModelOptions, "onStep" | "without">;
  /** What was done, and became durable, long before. */
  before?: (world: World) => Promise<void>;
  run: (world: World) => Promise<void>;
}

/** The one recording of a world that has one. */
async function theRecording({ services }: World) {
  return services.database.recording.findFirstOrThrow({ include: { tracks: true } });
}

async function create(world: World): Promise<string> {
  return createRecording(world.services, { userId: world.userId }, { tracks: ["video", "audio"] });
}

/** Opens a track as a socket does, and tells the source what is durable: at once, and whenever there is more. */
async function open(world: World, id: string, kind: TrackKind): Promise<LiveTrack> {
  const observer = { onDurable() {}, onFailure() {} };
  const track = await LiveTrack.open(world.services, { recordingId: id, take: 1, kind }, world.userId, observer);
  const filename = trackFilename(kind, 1);
  track.attach(
    { onDurable: (offset) => world.acknowledge(id, filename, offset), onEnd() {} },
    new AppError("conflict", "replaced", "Another connection has taken this track over."),
  );
  world.acknowledge(id, filename, track.durableOffset);
  return track;
}

/** Sends `[from, to)` of the source as one group, in pieces and with a repeat, and waits until it is durable. */
async function send(track: LiveTrack, from: number, to: number): Promise<void> {
  const source = sourceOf(track.key.kind);
  const middle = (from + to) >> 1;
  track.append(from, [source.subarray(from, middle), source.subarray(middle, to)]);
  track.append(from, [source.subarray(from, middle)]);
  track.noteClock(to, to * 10, "page", "chromium");
  await track.flush();
}

/** The source comes back after its track could not be written: it is told what was acknowledged before, no more. */
async function goOnAfter(world: World, id: string): Promise<void> {
  const acknowledged = world.acknowledged(id, "video.webm");
  const next = await open(world, id, "video");
  if (next.durableOffset !== acknowledged) {
    throw new Error(`The track was to be cut back to ${acknowledged}, and ends at ${next.durableOffset}.`);
  }
  await send(next, acknowledged, 14);
  await next.close();
}

/** As the source says that it is done. */
async function finish(track: LiveTrack): Promise<void> {
  const source = sourceOf(track.key.kind);
  await track.finish({ offset: source.length, sha256: digestOf(source) });
  await track.close();
}

async function recordWhole(world: World): Promise<string> {
  const id = await create(world);
  for (const kind of ["video", "audio"] as const) {
    const track = await open(world, id, kind);
    await send(track, 0, 14);
    await finish(track);
  }
  await stopRecording(world.services, id);
  return id;
}

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** As worker/compile does it, with a few bytes in place of media: FFmpeg writes, nothing is synced before publishing. */
async function compile(world: World, text: string): Promise<void> {
  const { services } = world;
  const { id, compileRequestedAt } = await theRecording(world);
  const requestedAtMs = (compileRequestedAt as Date).getTime();
  const claim = await claimCompilation(services, { recordingId: id, requestedAtMs });
  if (claim === null) throw new Error("There was nothing to compile.");
  await services.folder.removeWorkFolder(id);
  const work = await services.folder.makeWorkFolder(id, `compile-${claim.attempt}`);
  const made: MadeOutput[] = [];
  for (const [kind, filename, contentType] of [
    ["mp4", mp4Filename(id), "video/mp4"],
    ["thumbnail", THUMBNAIL_FILENAME, "image/jpeg"],
  ] as const) {
    const bytes = Buffer.from(`${text}${kind[0]}`);
    const workFile = path.join(work, filename);
    await writeFile(workFile, bytes);
    const sizes = { sizeBytes: BigInt(bytes.length), sha256: digestOf(bytes) };
    const facts = { durationMs: null, width: null, height: null, videoCodec: null, audioCodec: null };
    made.push({ kind, workFile, filename, contentType, ...sizes, ...facts });
  }
  await publishCompilation(services, claim, made, { durationMs: 100, width: 2, height: 2, gaps: [] });
  await rm(work, { recursive: true, force: true });
  await rmdir(path.dirname(work)).catch(() => {});
}

async function compiled(world: World): Promise<void> {
  await recordWhole(world);
  await compile(world, "old");
}

export const SCENARIOS: Scenario[] = [
  { name: "create", run: async (world) => void (await create(world)) },
  {
    name: "append",
    before: async (world) => void (await create(world)),
    async run(world) {
      const { id } = await theRecording(world);
      const track = await open(world, id, "video");
      await send(track, 0, 5);
      await send(track, 5, 9);
      await send(track, 9, 14);
      await track.close();
    },
  },
  {
    name: "append, both tracks at once",
    before: async (world) => void (await create(world)),
    async run(world) {
      const { id } = await theRecording(world);
      const video = await open(world, id, "video");
      const audio = await open(world, id, "audio");
      for (const [from, to] of [
        [0, 4],
        [4, 8],
      ] as const) {
        await Promise.all([send(video, from, to), send(audio, from, to)]);
      }
      await video.close();
      await audio.close();
    },
  },
  {
    name: "append, process killed and started again",
    before: async (world) => void (await create(world)),
    async run(world) {
      const { id } = await theRecording(world);
      const first = await open(world, id, "video");
      await send(first, 0, 4);
      await first.close();
      // The process dies with bytes in the page cache: written, and their sync never comes back.
      const dying = await TrackWriter.open(world.services.folder.file(id, "video.webm"), {
        syncIntervalMs: 1000,
        onDurable() {},
        onFailure() {},
        fileSystem: { writev: fs.writev, fdatasync() {} },
      });
      dying.append(4, [sourceOf("video").subarray(4, 9)]);
      void dying.flush();
      await new Promise((resolve) => setImmediate(resolve));
      // The next process finds what the page cache has, and says so to the source.
      const next = await open(world, id, "video");
      if (next.durableOffset !== 9) throw new Error("The page cache was to outlive the process.");
      await send(next, 9, 14);
      await next.close();
    },
  },
  {
    name: "append, a sync fails (EIO)",
    // Opening syncs the file and the folder; the first group is the third sync, the second the fourth.
    faults: { failNthSync: 4 },
    before: async (world) => void (await create(world)),
    async run(world) {
      const { id } = await theRecording(world);
      const failing = await open(world, id, "video");
      await send(failing, 0, 5);
      const failure = await send(failing, 5, 9).then(
        () => null,
        (error: AppError) => error,
      );
      if (failure === null) throw new Error("The sync was to fail.");
      await failing.close();
      await goOnAfter(world, id);
    },
  },
  {
    name: "append, the disk is full (ENOSPC)",
    faults: { fillNthWrite: 2 },
    before: async (world) => void (await create(world)),
    async run(world) {
      const { id } = await theRecording(world);
      const full = await open(world, id, "video");
      await send(full, 0, 5);
      const failure = await send(full, 5, 9).then(
        () => null,
        (error: AppError) => error,
      );
      if (failure === null) throw new Error("The disk was to be full.");
      await full.close();
      await goOnAfter(world, id);
    },
  },
  {
    name: "finish",
    async before(world) {
      const id = await create(world);
      const track = await open(world, id, "audio");
      await send(track, 0, 14);
      await finish(track);
    },
    async run(world) {
      const { id } = await theRecording(world);
      const track = await open(world, id, "video");
      await send(track, 0, 8);
      track.append(8, [sourceOf("video").subarray(8)]);
      await finish(track);
      await stopRecording(world.services, id);
    },
  },
  {
    name: "compile and publish",
    before: async (world) => void (await recordWhole(world)),
    run: (world) => compile(world, "new"),
  },
  {
    name: "compile again and publish",
    async before(world) {
      await compiled(world);
      const { id } = await theRecording(world);
      await world.services.database.recording.update({ where: { id }, data: { state: "failed" } });
      await requestCompile(world.services, { userId: world.userId }, id);
    },
    run: (world) => compile(world, "anew"),
  },
  {
    name: "clean up raw tracks",
    before: compiled,
    run: async (world) => void (await cleanUp(world.services, new Date(Date.now() + 25 * 3_600_000))),
  },
  {
    name: "delete",
    before: compiled,
    async run(world) {
      const { id } = await theRecording(world);
      await deleteRecording(world.services, { userId: world.userId }, id);
    },
  },
  {
    name: "delete while it records",
    async before(world) {
      const id = await create(world);
      const track = await open(world, id, "video");
      await send(track, 0, 5);
      await track.close();
    },
    async run(world) {
      const { id } = await theRecording(world);
      await deleteRecording(world.services, { userId: world.userId }, id);
    },
  },
];
