/** A small library on a real disk and database, with a recording in every state, and a look at all its bytes. */
import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { clockFilename, mp4Filename, THUMBNAIL_FILENAME, trackFilename } from "@/lib/domain/names";
import type { RecordingState, TrackKind } from "@/lib/domain/recording-state";
import { NOTES_FILENAME, QUARANTINE_FOLDER } from "@/lib/server/check/quarantine";
import { beginTrack, createRecording, finishTrack, noteSizes } from "@/lib/server/recordings/lifecycle";
import { cluster, concat, head, simpleBlock } from "@/tests/support/matroska-builder";
import { addUser, type TestServices } from "@/tests/support/services";

/** A track of three whole blocks; `fill` makes them differ. */
export function trackBytes(fill: number): Buffer {
  const blocks = [0, 40, 80].map((at) => simpleBlock(at, { fill }));
  return Buffer.from(concat([head({ type: 1, codec: "V_VP8", size: [64, 48] }), cluster(0), ...blocks]));
}

export interface Library {
  owner: { userId: string };
  /** Finished, with raw tracks, clocks, an MP4 and a thumbnail. */
  ready: string;
  /** Finished, its raw tracks removed by retention. */
  cleaned: string;
  /** Its source went away; not compiled. */
  stopped: string;
  /** Compiling, with files in its work folder and one already at its name. */
  compiling: string;
  /** Has bytes that its row does not know of yet. */
  live: string;
  failed: string;
}

/** Removes every recording, row and folder, and what a test left beside them; what marks the folder stays. */
export async function emptyLibrary({ database, folder }: TestServices): Promise<void> {
  await database.recording.deleteMany({});
  for (const name of await readdir(folder.root)) {
    if (!name.startsWith(".") || name === QUARANTINE_FOLDER || name === ".kept") {
      await rm(path.join(folder.root, name), { recursive: true });
    }
  }
}

export async function makeLibrary(services: TestServices): Promise<Library> {
  const owner = await addUser(services);
  const make = () => createRecording(services, owner, { tracks: ["video", "audio"] });
  const ready = await make();
  await addTracks(services, ready);
  await addOutputs(services, ready);
  await setState(services, ready, "ready");

  const cleaned = await make();
  await addOutputs(services, cleaned);
  await beginTrack(services, cleaned, 1, "video");
  await services.database.track.updateMany({ where: { recordingId: cleaned }, data: { removedAt: new Date() } });
  await setState(services, cleaned, "ready");

  const stopped = await make();
  await beginTrack(services, stopped, 1, "video");
  await writeFile(services.folder.file(stopped, "video.webm"), trackBytes(3));
  await setState(services, stopped, "stopped");

  const compiling = await make();
  await addTracks(services, compiling);
  await setState(services, compiling, "compiling");
  await mkdir(path.join(services.folder.folder(compiling), "work", "compile-1"), { recursive: true });
  await writeFile(path.join(services.folder.folder(compiling), "work", "compile-1", "output.mp4"), "half");
  await writeFile(services.folder.file(compiling, THUMBNAIL_FILENAME), "published just now");

  const live = await make();
  await beginTrack(services, live, 1, "video");
  await writeFile(services.folder.file(live, "video.webm"), trackBytes(4).subarray(0, 100));

  const failed = await make();
  await addTracks(services, failed);
  await setState(services, failed, "failed");
  return { owner, ready, cleaned, stopped, compiling, live, failed };
}

async function addTracks(services: TestServices, id: string): Promise<void> {
  for (const [index, kind] of (["video", "audio"] as const satisfies TrackKind[]).entries()) {
    const bytes = trackBytes(index + 1);
    const filename = trackFilename(kind, 1);
    await writeFile(services.folder.file(id, filename), bytes);
    await appendFile(services.folder.file(id, clockFilename(filename)), '{"clock":"page","browser":"chromium"}\n');
    await beginTrack(services, id, 1, kind);
    await finishTrack(services, id, 1, kind, { sizeBytes: bytes.length, sha256: digest(bytes) });
  }
}

async function addOutputs(services: TestServices, id: string): Promise<void> {
  for (const [kind, filename, contentType] of [
    ["mp4", mp4Filename(id), "video/mp4"],
    ["thumbnail", THUMBNAIL_FILENAME, "image/jpeg"],
  ] as const) {
    const bytes = Buffer.from(`the ${kind} of ${id}`);
    await writeFile(services.folder.file(id, filename), bytes);
    await services.database.output.create({
      data: {
        recordingId: id,
        kind,
        filename,
        contentType,
        sizeBytes: BigInt(bytes.length),
        sha256: digest(bytes),
        durationMs: kind === "mp4" ? 120 : null,
      },
    });
  }
}

export async function setState(services: TestServices, id: string, state: RecordingState): Promise<void> {
  const now = new Date();
  await services.database.recording.update({
    where: { id },
    data: {
      state,
      ...(state === "recording" ? {} : { stoppedAt: now }),
      ...(state === "compiling" ? { compileRequestedAt: now, compileStartedAt: now, compileAttempts: 1 } : {}),
      ...(state === "ready" ? { readyAt: now } : {}),
    },
  });
  await noteSizes(services, id);
}

export function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The digests of all files below a folder, sorted: two that are equal hold the same bytes, wherever they lie. */
export async function everyDigest(folder: string): Promise<string[]> {
  const digests: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name === NOTES_FILENAME) continue;
    digests.push(digest(await readFile(path.join(entry.parentPath, entry.name))));
  }
  return digests.sort();
}
