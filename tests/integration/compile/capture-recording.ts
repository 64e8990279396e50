/** Puts recordings together from real captures and from what was made of them, as the server would have left them. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import { clockFilename, trackFilename } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { beginTrack, createRecording, finishTrack, stopRecording } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";

const CAPTURES = path.resolve(import.meta.dirname, "../../fixtures/captures");

/** A chunk as the page handed it over. */
export interface Chunk {
  bytes: Buffer;
  /** `performance.now()` of the page then. */
  perfMs: number;
}

/** The chunks of one track of a capture, in order. */
export function chunksOf(capture: string, kind: TrackKind): Chunk[] {
  const lines = readFileSync(path.join(CAPTURES, capture, `${kind}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { off?: number; len: number; perf: number });
  const bytes = bytesOf(capture, kind);
  return lines.flatMap(({ off, len, perf }) =>
    off === undefined || off + len > bytes.length ? [] : [{ bytes: bytes.subarray(off, off + len), perfMs: perf }],
  );
}

function bytesOf(capture: string, kind: TrackKind): Buffer {
  for (const extension of ["webm", "mkv", "mp4"]) {
    try {
      return readFileSync(path.join(CAPTURES, capture, `${kind}.${extension}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error(`there is no capture ${capture}`);
}

/** What a track consists of: chunks, which have a clock, or bytes alone. */
export type TrackContent = readonly Chunk[] | Buffer;

export interface RecordingContent {
  video?: TrackContent;
  audio?: TrackContent;
  title?: string;
  /** Announced by the page; those that have content by default. */
  expected?: TrackKind[];
}

/** Both tracks of a capture. */
export function captureContent(capture: string): { video: Chunk[]; audio: Chunk[] } {
  return { video: chunksOf(capture, "video"), audio: chunksOf(capture, "audio") };
}

/**
 * Makes a recording with these tracks and stops it, which asks for its compilation.
 *
 * @returns its id
 */
export async function addRecording(
  services: Services,
  userId: string,
  { title, expected, ...content }: RecordingContent,
): Promise<string> {
  const tracks = expected ?? contentsOf(content).map(([kind]) => kind);
  const id = await createRecording(services, { userId }, { tracks, title });
  await addTracks(services, id, 1, content);
  await stopRecording(services, id);
  return id;
}

/** What a take of a recording consists of, and when it was. */
export interface TakeContent extends Pick<RecordingContent, "video" | "audio"> {
  /** By the server's clock, from the beginning of the recording. */
  startedAfterMs: number;
  /** What ended the take before it; the first has none. */
  cause?: SourceGapCause;
}

/**
 * Makes a recording of several takes and stops it, which asks for its compilation.
 *
 * @param expected announced by the page for the newest take; those that have content in it by default
 * @returns its id
 */
export async function addTakes(
  services: Services,
  userId: string,
  takes: readonly TakeContent[],
  expected: TrackKind[] = contentsOf(takes.at(-1) ?? {}).map(([kind]) => kind),
): Promise<string> {
  const id = await createRecording(services, { userId }, { tracks: expected });
  const { createdAt } = await services.database.recording.findUniqueOrThrow({ where: { id } });
  for (const [index, { startedAfterMs, cause, ...content }] of takes.entries()) {
    const startedAt = new Date(createdAt.getTime() + startedAfterMs);
    const number = index + 1;
    await services.database.take.upsert({
      where: { recordingId_number: { recordingId: id, number } },
      create: { recordingId: id, number, startedAt, cause: cause ?? null },
      update: { startedAt },
    });
    await addTracks(services, id, number, content);
  }
  await stopRecording(services, id);
  return id;
}

function contentsOf({ video, audio }: Pick<RecordingContent, "video" | "audio">): [TrackKind, TrackContent][] {
  return Object.entries({ video, audio }).filter(([, content]) => content !== undefined) as [TrackKind, TrackContent][];
}

async function addTracks(
  services: Services,
  id: string,
  takeNumber: number,
  content: Pick<RecordingContent, "video" | "audio">,
): Promise<void> {
  for (const [kind, track] of contentsOf(content)) {
    const filename = trackFilename(kind, takeNumber);
    const bytes = Buffer.isBuffer(track) ? track : Buffer.concat(track.map((chunk) => chunk.bytes));
    await writeFile(services.folder.file(id, filename), bytes);
    if (!Buffer.isBuffer(track)) {
      await writeFile(services.folder.file(id, clockFilename(filename)), clockLines(track));
    }
    await beginTrack(services, id, takeNumber, kind);
    await finishTrack(services, id, takeNumber, kind, { sizeBytes: bytes.length, sha256: null });
  }
}

function clockLines(chunks: readonly Chunk[]): string {
  let offset = 0;
  const points = chunks.map(({ bytes, perfMs }) => {
    offset += bytes.length;
    return { o: offset, p: perfMs };
  });
  return [{ clock: "page", browser: "chromium" }, ...points].map((line) => `${JSON.stringify(line)}\n`).join("");
}
