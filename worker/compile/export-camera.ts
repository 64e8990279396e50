/**
 * Makes the file of a recording that is a stretch of what a camera sent: the groups of pictures that lie in it, from all its
 * segments, on one time line, copied into an MP4. Gaps are cut out and written down.
 */
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { indexFilename } from "@/lib/domain/camera-names";
import { AppError } from "@/lib/domain/errors";
import type { LedgerGap } from "@/lib/domain/gap-ledger";
import { probeInputArgs } from "@/lib/media/ffmpeg-input";
import { PROBE_ARGS, parseProbe } from "@/lib/media/ffprobe-output";
import { pesStarts } from "@/lib/media/mpegts/read-times";
import { shiftTimes } from "@/lib/media/mpegts/shift-times";
import { TS_PACKET_BYTES, VIDEO_PID } from "@/lib/media/mpegts/ts-tables";
import { type IndexedSegment, liveSegment, readSegmentIndex, segmentsIn } from "@/lib/server/cameras/segments";
import type { Claim } from "@/lib/server/recordings/compilation";
import type { Services } from "@/lib/server/services";
import type { ObjectStore } from "@/lib/server/storage/object-store";
import type { CompileContext } from "@/worker/compile/compile-context";
import { type Compiled, describeOutputs } from "@/worker/compile/compile-recording";

const READ_BYTES = 5578 * TS_PACKET_BYTES;
const TICKS_PER_MS = 90;
/** Where the times of the whole begin: as those of a segment, so that what lies before the first picture has room. */
const FIRST_TICKS = 90_000;
/** What the file may be shorter or longer than what went into it. */
const TOLERANCE_MS = 500;
/** Less between two segments is no gap. */
const GAP_MS = 1000;

/** Whole groups of pictures of one segment. */
interface Piece {
  segment: IndexedSegment;
  /** Name of the object, when the segment is not on this disk any more. */
  key: string | null;
  from: number;
  to: number;
  fromMs: number;
  toMs: number;
}

/** @throws {AppError} with words for the user when it cannot be made; whatever `context.signal` was aborted with */
export async function exportCamera(context: CompileContext, services: Services, claim: Claim): Promise<Compiled> {
  const { recording } = claim;
  const pieces = await findPieces(services, recording.id);
  expectAlike(pieces);
  context.progress.begin("compiling", 0.8);
  const durationMs = pieces.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const bytes = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  if ((await services.folder.freeBytes()) < bytes) {
    throw new AppError("storage_full", "disk_full", "The server's disk has no room for the exported file.");
  }
  const cameraId = await cameraOf(services, recording.id);
  const file = path.join(context.workFolder, "exported.mp4");
  const [first] = pieces;
  const hasSound = first?.segment.head.audioCodec != null;
  const isAac = first?.segment.head.audioCodec === "aac";
  const source = joined(
    pieces,
    (piece) => readPiece(services, services.cameras.file(cameraId, piece.segment.filename), piece),
    (share) => context.progress.update(share),
  );
  await context.ffmpeg.ffmpeg(
    [
      ...["-hide_banner", "-v", "error", "-y", "-f", "mpegts", "-format_whitelist", "mpegts"],
      ...["-protocol_whitelist", "pipe", "-i", "pipe:0", "-map", "0:v:0", ...(hasSound ? ["-map", "0:a:0"] : [])],
      ...["-c", "copy", ...(isAac ? ["-bsf:a", "aac_adtstoasc"] : [])],
      ...(first?.segment.head.videoCodec === "h265" ? ["-tag:v", "hvc1"] : []),
      ...["-movflags", "+faststart", "-f", "mp4", `file:${file}`],
    ],
    { signal: context.signal, fileBytes: 2 * bytes + 64 * 1024 ** 2, input: Readable.from(source) },
  );
  context.progress.begin("checking", 0.9);
  const checked = await check(context, file, durationMs);
  context.progress.begin("finishing", 1);
  const size = checked.probe.video?.size ?? null;
  const written = { file, checked, videoDelayMs: 0, videoMs: durationMs };
  return {
    made: await describeOutputs(context, recording.id, written),
    facts: {
      durationMs: checked.durationMs,
      width: size?.width ?? null,
      height: size?.height ?? null,
      gaps: await gapsBetween(services, cameraId, pieces, checked.durationMs),
    },
  };
}

async function cameraOf({ database }: Services, recordingId: string): Promise<string> {
  return (await database.cameraExport.findUniqueOrThrow({ where: { recordingId } })).cameraId;
}

async function findPieces(services: Services, recordingId: string): Promise<Piece[]> {
  const { database, cameras } = services;
  const { cameraId, fromAt, toAt } = await database.cameraExport.findUniqueOrThrow({ where: { recordingId } });
  const camera = await database.camera.findUnique({ where: { id: cameraId } });
  const pieces: Piece[] = [];
  for (const row of await segmentsIn(services, cameraId, { from: fromAt, to: toAt })) {
    const segment = await readSegmentIndex(cameras.file(cameraId, indexFilename(row.filename)), row.filename);
    if (segment === null) continue;
    const end = { offset: Number(row.sizeBytes), atMs: row.durationMs };
    const key = row.localRemovedAt === null ? null : row.storageKey;
    pieces.push(...pieceOf(segment, [...segment.keyFrames, end], fromAt, toAt).map((piece) => ({ ...piece, key })));
  }
  const live = camera === null ? null : await liveSegment(services, camera);
  if (live !== null && !pieces.some(({ segment }) => segment.filename === live.filename)) {
    pieces.push(...pieceOf(live, live.keyFrames, fromAt, toAt));
  }
  if (pieces.length > 0) return pieces;
  throw new AppError("unprocessable", "nothing_recorded", "Nothing of this time is there any more.");
}

/** From the last key frame before the beginning to the first behind the end. */
function pieceOf(segment: IndexedSegment, marks: { offset: number; atMs: number }[], from: Date, to: Date): Piece[] {
  const [fromMs, toMs] = [from, to].map((at) => at.getTime() - segment.head.startedAtMs) as [number, number];
  const first = marks.findLast(({ atMs }) => atMs <= fromMs) ?? marks[0];
  const last = marks.find(({ atMs }) => atMs >= toMs) ?? marks.at(-1);
  if (first === undefined || last === undefined || last.offset <= first.offset) return [];
  return [{ segment, key: null, from: first.offset, to: last.offset, fromMs: first.atMs, toMs: last.atMs }];
}

/** One file has one picture size and one codec. @throws {AppError} unprocessable */
function expectAlike(pieces: readonly Piece[]): void {
  const shapes = new Set(
    pieces.map(({ segment: { head } }) => [head.videoCodec, head.audioCodec, head.width, head.height].join()),
  );
  if (shapes.size <= 1) return;
  throw new AppError(
    "unprocessable",
    "picture_changed",
    "The camera changed its picture or sound in this time. Export what lies before and behind on its own.",
  );
}

/** The bytes of all pieces with their times on one line. */
async function* joined(
  pieces: readonly Piece[],
  read: (piece: Piece) => AsyncIterable<Buffer>,
  onShare: (share: number) => void,
): AsyncGenerator<Buffer> {
  let doneMs = 0;
  const allMs = pieces.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  for (const piece of pieces) {
    const { from, to, fromMs, toMs } = piece;
    let shift: number | null = null;
    let at = from;
    for await (const bytes of read(piece)) {
      shift ??= FIRST_TICKS + Math.round(doneMs * TICKS_PER_MS) - firstTicks(bytes);
      shiftTimes(bytes, shift);
      yield bytes;
      at += bytes.length;
      onShare((doneMs + ((toMs - fromMs) * (at - from)) / (to - from)) / allMs);
    }
    doneMs += toMs - fromMs;
  }
}

/** The bytes of a piece, in whole packets, from this disk or the object store. The buffers may be changed. */
async function* readPiece({ objectStore }: Services, file: string, { key, from, to }: Piece): AsyncGenerator<Buffer> {
  if (key !== null && objectStore === null) {
    throw new AppError(
      "unavailable",
      "object_store_missing",
      "Part of this time is in an object store that is not set up.",
    );
  }
  const range = { start: from, end: to - 1 };
  const stream = key === null ? createReadStream(file, range) : await (objectStore as ObjectStore).read(key, range);
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const bytes of stream) {
    waiting.push(bytes);
    length += bytes.length;
    if (length < READ_BYTES) continue;
    const all = Buffer.concat(waiting);
    const whole = length - (length % TS_PACKET_BYTES);
    yield all.subarray(0, whole);
    waiting = whole === length ? [] : [Buffer.from(all.subarray(whole))];
    length -= whole;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** When the first picture is shown. */
function firstTicks(bytes: Uint8Array): number {
  for (const { pid, pts } of pesStarts(bytes)) if (pid === VIDEO_PID) return pts;
  return FIRST_TICKS;
}

/** The file has both streams and lasts as long as what went into it. @throws {AppError} internal */
async function check({ ffmpeg, inputLimits, signal }: CompileContext, file: string, durationMs: number) {
  const lines: string[] = [];
  await ffmpeg.ffprobe([...PROBE_ARGS, ...probeInputArgs({ file, container: "mp4" }, inputLimits)], {
    signal,
    onLine: (line) => lines.push(line),
  });
  const probe = parseProbe(lines.join("\n"));
  const lastsMs = Math.round(probe.durationMs ?? 0);
  if (probe.video === null || Math.abs(lastsMs - durationMs) > TOLERANCE_MS) {
    throw new AppError("internal", "output_wrong", "The exported file is not what it should be.", {
      detail: `${lastsMs} ms instead of ${durationMs}`,
    });
  }
  return { sizeBytes: (await fs.stat(file)).size, durationMs: lastsMs, probe };
}

async function gapsBetween(
  { database }: Services,
  cameraId: string,
  pieces: readonly Piece[],
  durationMs: number,
): Promise<LedgerGap[]> {
  const gaps: LedgerGap[] = [];
  let atMs = 0;
  for (const [index, piece] of pieces.entries()) {
    const next = pieces[index + 1];
    atMs += piece.toMs - piece.fromMs;
    if (next === undefined) break;
    const fromMs = piece.segment.head.startedAtMs + piece.toMs;
    const missingMs = next.segment.head.startedAtMs + next.fromMs - fromMs;
    if (missingMs < GAP_MS) continue;
    const known = await database.cameraGap.findFirst({
      where: { cameraId, fromAt: { lt: new Date(fromMs + missingMs) }, toAt: { gt: new Date(fromMs) } },
    });
    const at = Math.min(Math.round(atMs), durationMs);
    const cause = known?.words ?? "The camera was not recorded.";
    gaps.push({ kind: null, fromMs: at, toMs: at, code: "connection_lost", cause, missingMs });
  }
  return gaps;
}
