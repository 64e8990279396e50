/** What there is of a camera: segments, gaps, thumbnails, days; and the door through which their bytes leave. */
import fs from "node:fs/promises";
import { cameraCause } from "@/lib/domain/camera-causes";
import { indexFilename, isSegmentFilename } from "@/lib/domain/camera-names";
import { AppError } from "@/lib/domain/errors";
import type { SegmentResource, TimelineResource } from "@/lib/protocol/cameras";
import { type KeyFrame, readIndex, type SegmentHead } from "@/lib/protocol/segment-index";
import type { Principal } from "@/lib/server/auth/authenticate";
import { REMOVING } from "@/lib/server/cameras/clean-up";
import { findOwnedCamera } from "@/lib/server/cameras/find";
import type { Camera, CameraGap, CameraSegment } from "@/lib/server/database/client";
import type { Media } from "@/lib/server/recordings/media";
import type { Services } from "@/lib/server/services";

type Who = Pick<Principal, "userId">;

export interface Range {
  from: Date;
  to: Date;
}

const MAX_RANGE_MS = 32 * 24 * 3_600_000;
/** Two segments that follow each other are one span when no more lies between them. */
const JOIN_MS = 1500;
const DAY_MS = 24 * 3_600_000;

/** @throws {AppError} invalid */
export function rangeOf({ from, to }: { from: string; to: string }): Range {
  const range = { from: new Date(from), to: new Date(to) };
  const length = range.to.getTime() - range.from.getTime();
  if (length > 0 && length <= MAX_RANGE_MS) return range;
  throw new AppError("invalid", "invalid_range", "The end must be after the beginning, and at most 32 days later.");
}

/** Segments of which some lies in a range, in their order. */
export function segmentsIn({ database }: Services, cameraId: string, { from, to }: Range): Promise<CameraSegment[]> {
  return database.cameraSegment.findMany({
    where: { cameraId, startedAt: { lt: to }, endedAt: { gt: from }, storage: { not: REMOVING } },
    orderBy: { startedAt: "asc" },
  });
}

export async function listSegments(
  services: Services,
  cameraId: string,
  { from, to, limit }: { from?: string | undefined; to?: string | undefined; limit: number },
): Promise<SegmentResource[]> {
  const segments = await services.database.cameraSegment.findMany({
    where: {
      ...{ cameraId, storage: { not: REMOVING } },
      ...(to === undefined ? {} : { startedAt: { lt: new Date(to) } }),
      ...(from === undefined ? {} : { endedAt: { gt: new Date(from) } }),
    },
    orderBy: { startedAt: "desc" },
    take: limit,
  });
  return segments.map(describeSegment);
}

function describeSegment(segment: CameraSegment): SegmentResource {
  const { cameraId, filename, durationMs, sha256, videoCodec, audioCodec, width, height, cause, pinned, storage } =
    segment;
  return {
    ...{ filename, durationMs, sha256, videoCodec, audioCodec, width, height, cause, pinned, storage },
    startedAt: segment.startedAt.toISOString(),
    endedAt: segment.endedAt.toISOString(),
    sizeBytes: Number(segment.sizeBytes),
    uploadedAt: segment.uploadedAt?.toISOString() ?? null,
    url: `/api/v1/cameras/${cameraId}/segments/${filename}`,
  };
}

export function gapsIn({ database }: Services, cameraId: string, { from, to }: Range): Promise<CameraGap[]> {
  return database.cameraGap.findMany({
    where: { cameraId, fromAt: { lt: to }, OR: [{ toAt: null }, { toAt: { gt: from } }] },
    orderBy: { fromAt: "asc" },
  });
}

export function describeGap({ fromAt, toAt, code, words }: CameraGap) {
  return { from: fromAt.toISOString(), to: toAt?.toISOString() ?? null, code: cameraCause(code), cause: words };
}

/** What is there and what is missing of a stretch of time. The segment that grows counts as far as it has come. */
export async function timeline(services: Services, camera: Camera, range: Range): Promise<TimelineResource> {
  const { database } = services;
  const { id } = camera;
  const segments = await segmentsIn(services, id, range);
  const pieces = segments.map(({ startedAt, endedAt }) => ({ from: startedAt.getTime(), to: endedAt.getTime() }));
  const live = await liveSegment(services, camera);
  if (live !== null) {
    const endMs = live.head.startedAtMs + (live.keyFrames.at(-1)?.atMs ?? 0);
    if (endMs > range.from.getTime() && live.head.startedAtMs < range.to.getTime()) {
      pieces.push({ from: live.head.startedAtMs, to: endMs });
    }
  }
  const spans: { from: number; to: number }[] = [];
  for (const piece of pieces) {
    const last = spans.at(-1);
    if (last !== undefined && piece.from - last.to <= JOIN_MS) last.to = Math.max(last.to, piece.to);
    else spans.push({ ...piece });
  }
  const within = (ms: number) =>
    new Date(Math.min(range.to.getTime(), Math.max(range.from.getTime(), ms))).toISOString();
  const thumbnails = await database.cameraThumbnail.findMany({
    where: { cameraId: id, at: { gte: range.from, lte: range.to } },
    orderBy: { at: "asc" },
  });
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    spans: spans.map(({ from, to }) => ({ from: within(from), to: within(to) })),
    gaps: (await gapsIn(services, id, range)).map(describeGap),
    thumbnails: thumbnails.map(({ at }) => ({ at: at.toISOString(), url: thumbnailUrl(id, at) })),
    bytes: segments.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0),
  };
}

export function thumbnailUrl(cameraId: string, at: Date): string {
  return `/api/v1/cameras/${cameraId}/thumbnails/${at.getTime()}`;
}

/** The days, by UTC, of which there is something; newest first. A segment counts to the day it begins in. */
export async function days({ database }: Services, cameraId: string) {
  const segments = await database.cameraSegment.findMany({
    where: { cameraId, storage: { not: REMOVING } },
    select: { startedAt: true, durationMs: true, sizeBytes: true },
  });
  const gaps = await database.cameraGap.findMany({ where: { cameraId } });
  const found = new Map<string, { recordedMs: number; missingMs: number; bytes: number; segments: number }>();
  const on = (at: number) => {
    const day = new Date(at).toISOString().slice(0, 10);
    const entry = found.get(day) ?? { recordedMs: 0, missingMs: 0, bytes: 0, segments: 0 };
    found.set(day, entry);
    return entry;
  };
  for (const { startedAt, durationMs, sizeBytes } of segments) {
    const day = on(startedAt.getTime());
    day.recordedMs += durationMs;
    day.bytes += Number(sizeBytes);
    day.segments += 1;
  }
  for (const { fromAt, toAt } of gaps) {
    const end = (toAt ?? new Date()).getTime();
    for (let at = fromAt.getTime(); at < end; ) {
      const next = Math.min(end, (Math.floor(at / DAY_MS) + 1) * DAY_MS);
      on(at).missingMs += next - at;
      at = next;
    }
  }
  return [...found.entries()]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([day, entry]) => ({ day, ...entry }));
}

export interface IndexedSegment {
  filename: string;
  head: SegmentHead;
  keyFrames: KeyFrame[];
}

/** The segment that grows, as far as it is on disk; null when there is none. One that was finished meanwhile has a row. */
export async function liveSegment({ cameras, database }: Services, camera: Camera): Promise<IndexedSegment | null> {
  const { id, liveFilename: filename } = camera;
  if (filename === null) return null;
  const finished = await database.cameraSegment.count({ where: { cameraId: id, filename } });
  return finished > 0 ? null : readSegmentIndex(cameras.file(id, indexFilename(filename)), filename);
}

/** @param file path of the index; @returns null when it cannot be read */
export async function readSegmentIndex(file: string, filename: string): Promise<IndexedSegment | null> {
  const index = readIndex(await fs.readFile(file, "utf8").catch(() => ""));
  return index === null ? null : { filename, ...index };
}

/** Keeps what lies in a range whatever retention says, or no longer does. @returns how many segments that concerns */
export async function pinRange(
  { database }: Services,
  cameraId: string,
  { from, to }: Range,
  pinned: boolean,
): Promise<number> {
  const { count } = await database.cameraSegment.updateMany({
    where: { cameraId, startedAt: { lt: to }, endedAt: { gt: from }, storage: { not: REMOVING } },
    data: { pinned },
  });
  return count;
}

/** @throws {AppError} not_found */
export async function openCameraMedia(
  services: Services,
  who: Who,
  cameraId: string,
  request: { segment: string } | { thumbnailAtMs: number },
): Promise<Media> {
  const { database, cameras } = services;
  const camera = await findOwnedCamera(services, who, cameraId);
  if ("thumbnailAtMs" in request) {
    const at = new Date(request.thumbnailAtMs);
    const row = Number.isNaN(at.getTime())
      ? null
      : await database.cameraThumbnail.findUnique({ where: { cameraId_at: { cameraId, at } } });
    if (row === null) throw new AppError("not_found", "thumbnail_not_found", "There is no such picture.");
    return {
      file: cameras.thumbnail(cameraId, row.filename),
      contentType: "image/jpeg",
      etag: `"${at.getTime()}-${row.sizeBytes}"`,
      downloadName: row.filename,
    };
  }
  const { segment: filename } = request;
  const notFound = new AppError("not_found", "segment_not_found", "There is no such segment.");
  if (!isSegmentFilename(filename)) throw notFound;
  const row = await database.cameraSegment.findUnique({ where: { cameraId_filename: { cameraId, filename } } });
  if (row !== null && row.storage === REMOVING) throw notFound;
  if (row === null && camera.liveFilename !== filename) throw notFound;
  const isElsewhere = row !== null && row.localRemovedAt !== null && row.storageKey !== null;
  return {
    file: cameras.file(cameraId, filename),
    ...(isElsewhere ? { object: { key: row.storageKey as string, sizeBytes: Number(row.sizeBytes) } } : {}),
    contentType: "video/mp2t",
    // The one that grows has no validator: what was read of it stays, but there is more.
    etag: row === null ? null : `"${row.sha256}"`,
    downloadName: `${cameraId} ${filename}`,
  };
}
