/** Playlists of a camera: any stretch of what there is, and what is being recorded now. */
import { indexFilename } from "@/lib/domain/camera-names";
import { AppError } from "@/lib/domain/errors";
import { entriesOf, type PlaylistEntry, writePlaylist } from "@/lib/media/byte-range-playlist";
import { liveSegment, type Range, readSegmentIndex, segmentsIn } from "@/lib/server/cameras/segments";
import type { Camera, CameraSegment } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** Entries this long for what is over; a day of them is a playlist of about 2 MB. */
const ENTRY_MS = 4000;
const MAX_RANGE_MS = 24 * 3_600_000;
/** What a live playlist holds. */
const LIVE_ENTRIES = 8;

/** @throws {AppError} not_found when nothing of it is there; invalid when it is longer than a day */
export async function rangePlaylist(services: Services, camera: Camera, range: Range): Promise<string> {
  if (range.to.getTime() - range.from.getTime() > MAX_RANGE_MS) {
    throw new AppError("invalid", "invalid_range", "A playlist holds a day at most.");
  }
  const entries: PlaylistEntry[] = [];
  for (const segment of await segmentsIn(services, camera.id, range)) {
    entries.push(...(await entriesOfSegment(services, segment, ENTRY_MS)));
  }
  entries.push(...(await liveEntries(services, camera, ENTRY_MS)));
  const [from, to] = [range.from.getTime(), range.to.getTime()];
  const within = entries.filter(({ atMs, durationMs }) => atMs < to && atMs + durationMs > from);
  if (within.length === 0) throw new AppError("not_found", "nothing_recorded", "Nothing was recorded in this time.");
  return writePlaylist({ entries: within, sequence: 0, discontinuities: 0, isEnded: true });
}

/** @throws {AppError} conflict while the camera is not recorded */
export async function livePlaylist(services: Services, camera: Camera): Promise<string> {
  const { database } = services;
  // Shortest entries: each key frame is one, so that nobody waits for more than there must be.
  const live = await liveEntries(services, camera, 0);
  const since = camera.startedAt ?? camera.createdAt;
  const before = await database.cameraSegment.aggregate({
    where: { cameraId: camera.id, startedAt: { gte: since } },
    _sum: { keyFrames: true },
    _count: true,
  });
  let entries = live;
  let first = before._sum.keyFrames ?? 0;
  let files = before._count;
  if (live.length < LIVE_ENTRIES) {
    const last = await database.cameraSegment.findFirst({
      where: { cameraId: camera.id, startedAt: { gte: since } },
      orderBy: { startedAt: "desc" },
    });
    if (last !== null) {
      const earlier = await entriesOfSegment(services, last, 0);
      entries = [...earlier, ...live];
      first -= earlier.length;
      files -= 1;
    }
  }
  if (entries.length === 0) throw new AppError("conflict", "not_recorded", "The camera is not recorded at the moment.");
  const skipped = Math.max(0, entries.length - LIVE_ENTRIES);
  const shown = entries.slice(skipped);
  // Whether the window begins in the last finished file or already in the one that grows.
  const passed = entries.slice(1, skipped + 1).filter(({ isDiscontinuous }) => isDiscontinuous).length;
  return writePlaylist({
    ...{ entries: shown, sequence: Math.max(0, first + skipped), discontinuities: Math.max(0, files + passed) },
    isEnded: false,
  });
}

async function entriesOfSegment(
  { cameras }: Services,
  { cameraId, filename, startedAt, durationMs, sizeBytes }: CameraSegment,
  leastMs: number,
): Promise<PlaylistEntry[]> {
  const index = await readSegmentIndex(cameras.file(cameraId, indexFilename(filename)), filename);
  const file = { url: segmentUrl(cameraId, filename), startedAtMs: startedAt.getTime() };
  const keyFrames = index === null || index.keyFrames.length === 0 ? [{ offset: 0, atMs: 0 }] : index.keyFrames;
  return entriesOf(file, keyFrames, { offset: Number(sizeBytes), atMs: durationMs }, leastMs);
}

/** Of the segment that grows: up to the last key frame that is on disk. */
async function liveEntries(services: Services, camera: Camera, leastMs: number): Promise<PlaylistEntry[]> {
  const live = await liveSegment(services, camera);
  const end = live?.keyFrames.at(-1);
  if (live === null || end === undefined) return [];
  const file = { url: segmentUrl(camera.id, live.filename), startedAtMs: live.head.startedAtMs };
  return entriesOf(file, live.keyFrames.slice(0, -1), end, leastMs);
}

function segmentUrl(cameraId: string, filename: string): string {
  return `/api/v1/cameras/${cameraId}/segments/${filename}`;
}
