/**
 * Makes rows of the segments that a recorder left behind: what is on disk without a row was being written when its process
 * ended, or its row could not be written. Whole packets count; the index is made again from them.
 */

import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import { indexFilename, segmentTimeMs } from "@/lib/domain/camera-names";
import { pesStarts } from "@/lib/media/mpegts/read-times";
import { TS_PACKET_BYTES, VIDEO_PID } from "@/lib/media/mpegts/ts-tables";
import { readIndex, type SegmentHead, writeHead, writeKeyFrame } from "@/lib/protocol/segment-index";
import { addSegment, type SegmentFacts } from "@/lib/server/cameras/capture";
import type { Services } from "@/lib/server/services";
import { syncFolder } from "@/lib/server/storage/sync-folder";

const READ_BYTES = 5578 * TS_PACKET_BYTES;
const TICKS_PER_MS = 90;
/** Two packets of tables stand before each key frame. */
const TABLES_BYTES = 2 * TS_PACKET_BYTES;

/** @returns how many were found */
export async function recoverSegments(services: Services, cameraId: string): Promise<number> {
  const { cameras, database, log } = services;
  await services.folder.confirm();
  const names = await cameras.listSegments(cameraId);
  const rows = await database.cameraSegment.findMany({ where: { cameraId }, select: { filename: true } });
  const known = new Set(rows.map(({ filename }) => filename));
  let found = 0;
  for (const filename of names) {
    if (known.has(filename)) continue;
    const facts = await measureSegment(services, cameraId, filename);
    if (facts === null) {
      await cameras.removeSegment(cameraId, filename);
      log.info({ cameraId, filename }, "empty segment removed");
    } else if (await addSegment(services, cameraId, facts)) found += 1;
  }
  return found;
}

/** @returns null when there is no picture in it */
async function measureSegment({ cameras }: Services, cameraId: string, filename: string): Promise<SegmentFacts | null> {
  const file = cameras.file(cameraId, filename);
  const indexFile = cameras.file(cameraId, indexFilename(filename));
  const index = readIndex(await fs.readFile(indexFile, "utf8").catch(() => ""));
  const handle = await fs.open(file, "r+");
  try {
    const size = (await handle.stat()).size;
    const sizeBytes = size - (size % TS_PACKET_BYTES);
    // The rest is part of a packet.
    if (sizeBytes !== size) await handle.truncate(sizeBytes);
    const walk = await walkSegment(handle, sizeBytes);
    if (walk.firstPts === null) return null;
    await handle.sync();
    const head = index?.head ?? unknownHead(filename);
    const lines = walk.keyFrames.map(({ offset, pts }) =>
      writeKeyFrame({ offset, atMs: Math.max(0, Math.round((pts - (walk.firstPts ?? 0)) / TICKS_PER_MS)) }),
    );
    await fs.writeFile(indexFile, writeHead(head) + lines.join(""), { mode: 0o640, flush: true });
    await syncFolder(cameras.folder(cameraId));
    const stepMs = walk.pictures > 1 ? (walk.lastPts - walk.firstPts) / TICKS_PER_MS / (walk.pictures - 1) : 0;
    const durationMs = Math.round((walk.lastPts - walk.firstPts) / TICKS_PER_MS + stepMs);
    const { version: _, ...facts } = head;
    return {
      ...facts,
      ...{ filename, durationMs, sizeBytes, sha256: walk.sha256, keyFrames: lines.length },
      endedAtMs: head.startedAtMs + durationMs,
    };
  } finally {
    await handle.close();
  }
}

interface Walk {
  /** Of the first picture; null: there is none. */
  firstPts: number | null;
  lastPts: number;
  pictures: number;
  keyFrames: { offset: number; pts: number }[];
  sha256: string;
}

async function walkSegment(handle: fs.FileHandle, sizeBytes: number): Promise<Walk> {
  const hash = createHash("sha256");
  const walk: Walk = { firstPts: null, lastPts: 0, pictures: 0, keyFrames: [], sha256: "" };
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(READ_BYTES, sizeBytes - at), at);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead - (bytesRead % TS_PACKET_BYTES));
    hash.update(bytes);
    for (const { offset, pid, pts, isKey } of pesStarts(bytes)) {
      if (pid !== VIDEO_PID) continue;
      walk.firstPts ??= pts;
      walk.lastPts = Math.max(walk.lastPts, pts);
      walk.pictures += 1;
      if (isKey) walk.keyFrames.push({ offset: Math.max(0, at + offset - TABLES_BYTES), pts });
    }
    at += bytes.length;
  }
  return { ...walk, sha256: hash.digest("hex") };
}

function unknownHead(filename: string): SegmentHead {
  return {
    ...{ version: 1, startedAtMs: segmentTimeMs(filename) ?? 0, videoCodec: "h264", audioCodec: null },
    ...{ width: null, height: null, cause: "worker_lost" },
  };
}
