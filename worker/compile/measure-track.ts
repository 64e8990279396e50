/**
 * Opens one track: what ffprobe says of its streams, what its timestamps say, and, when it is damaged, a repaired copy
 * in the work folder to use instead.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { probeInputArgs } from "@/lib/media/ffmpeg-input";
import { PACKETS_ARGS, PROBE_ARGS, type Probe, parsePacketLine, parseProbe } from "@/lib/media/ffprobe-output";
import { MatroskaRepair } from "@/lib/media/matroska-repair";
import { type Measurement, type MeasureOptions, measureMatroska } from "@/lib/media/measure-matroska";
import { type ClockPoint, TrackTimeline } from "@/lib/media/track-timeline";
import { openFileSource } from "@/lib/server/storage/file-source";
import type { CompileContext } from "@/worker/compile/compile-context";
import type { TrackFile } from "@/worker/compile/find-tracks";
import { type FlvFacts, measureFlv } from "@/worker/compile/measure-flv";
import { needsRewriting, rewriteFlv } from "@/worker/compile/rewrite-flv";

/** `file` is the repaired copy where one was needed. */
export interface MeasuredTrack extends TrackFile {
  probe: Probe;
  reports: Measurement["reports"];
  /** Of FLV: what its tags say. */
  flv?: FlvFacts;
  /** It is FLV that FFmpeg does not read, and `file` the same as Matroska. */
  isRewritten?: boolean;
}

/** Pictures stored in decoding order lie this far back at most. */
const REORDER_MS = 500;
/** Streams, tags and side data of a recorder come to a few kilobytes. */
const MAX_PROBE_LENGTH = 1024 ** 2;
/** Each reading can find what the error before it had hidden; a file with more errors than this is hardly one. */
const MAX_READINGS = 6;
const REPAIR_BUFFER_BYTES = 1024 ** 2;

/**
 * @param clock of this track, when there is one
 * @throws {AppError} unprocessable when nothing in it can be read
 */
export async function measureTrack(
  context: CompileContext,
  track: TrackFile,
  clock: readonly ClockPoint[],
): Promise<MeasuredTrack> {
  const { log, workFolder } = context;
  if (track.container === "flv" && (await needsRewriting(track))) {
    const file = path.join(workFolder, `${track.filename}.mkv`);
    const sizeBytes = await rewriteFlv(track, file, context.signal);
    return {
      ...(await measureTrack(context, { ...track, file, sizeBytes, container: "matroska" }, [])),
      isRewritten: true,
    };
  }
  const probe = await probeTrack(context, track);
  const reorderMs = probe.video?.hasReorderedFrames ? REORDER_MS : 0;
  if (track.container === "flv") return { ...track, probe, ...(await measureFlv(track, reorderMs)) };
  if (track.container === "mp4") {
    return { ...track, probe, reports: await measureMp4(context, track, probe, clock, reorderMs) };
  }
  const first = await measureUntilSettled(track, { clock, reorderMs });
  if (first.tornBytes > 0) log.info({ track: track.filename, tornBytes: first.tornBytes }, "track has a torn end");
  if (!first.needsRepair) return { ...track, probe, reports: first.reports };
  log.warn({ track: track.filename, reports: first.reports }, "track is repaired");
  const { file, reports } = await repair(context, track, { clock, reorderMs, findings: first.findings });
  return { ...track, file, probe: await probeTrack(context, { ...track, file }), reports };
}

/** Reads the file again as long as its end tells of something that was wrong before; a healthy file is read once. */
async function measureUntilSettled(track: TrackFile, options: MeasureOptions): Promise<Measurement> {
  const source = await openFileSource(track.file);
  try {
    let measured = await measureMatroska(source, options);
    for (let reading = 1; reading < MAX_READINGS; reading += 1) {
      const { holes, leaps } = measured.findings;
      const known = holes.size + leaps.size;
      if (known === 0) break;
      measured = await measureMatroska(source, { ...options, findings: measured.findings });
      if (measured.findings.holes.size + measured.findings.leaps.size === known) break;
    }
    return measured;
  } finally {
    await source.close();
  }
}

async function probeTrack({ ffmpeg, inputLimits, signal }: CompileContext, track: TrackFile): Promise<Probe> {
  let json = "";
  await ffmpeg.ffprobe(["-v", "error", ...PROBE_ARGS, ...probeInputArgs(track, inputLimits)], {
    signal,
    onLine: (line) => {
      // What is too long is cut off, and is then no JSON.
      if (json.length < MAX_PROBE_LENGTH) json += `${line}\n`;
    },
  });
  try {
    return parseProbe(json);
  } catch (error) {
    throw damaged(track, error);
  }
}

function damaged(track: TrackFile, cause?: unknown): AppError {
  return new AppError("unprocessable", "damaged", "The recording is damaged beyond repair.", {
    detail: track.filename,
    cause,
  });
}

/** MP4 has an index in each fragment, which ffprobe reads; what is missing there is not repaired but left out. */
async function measureMp4(
  { ffmpeg, inputLimits, signal }: CompileContext,
  track: TrackFile,
  probe: Probe,
  clock: readonly ClockPoint[],
  reorderMs: number,
): Promise<Measurement["reports"]> {
  const timelines = new Map<number, TrackTimeline>();
  const kindOf = new Map<number, TrackKind>();
  for (const kind of TRACK_KINDS) {
    const stream = probe[kind];
    if (stream === null) continue;
    kindOf.set(stream.index, kind);
    timelines.set(stream.index, new TrackTimeline({ kind, sizeBytes: track.sizeBytes, clock, reorderMs }));
  }
  await ffmpeg.ffprobe(["-v", "error", ...PACKETS_ARGS, ...probeInputArgs(track, inputLimits)], {
    signal,
    onLine: (line) => {
      const packet = parsePacketLine(line);
      // Each packet has a time of its own; there is no cluster that could be wrong for several.
      if (packet !== null) timelines.get(packet.streamIndex)?.take({ ...packet, clusterStartBytes: packet.startBytes });
    },
  });
  const reports: Measurement["reports"] = {};
  for (const [index, timeline] of timelines) {
    const report = timeline.finish();
    if (report !== null) reports[kindOf.get(index) as TrackKind] = report;
  }
  if (Object.keys(reports).length === 0) throw damaged(track);
  return reports;
}

async function repair(
  { workFolder, signal }: CompileContext,
  track: TrackFile,
  options: MeasureOptions,
): Promise<{ file: string; reports: Measurement["reports"] }> {
  const file = path.join(workFolder, `repaired-${track.filename}`);
  // One source to scan and another to copy from: each keeps the piece it is reading.
  const scanned = await openFileSource(track.file);
  const copied = await openFileSource(track.file);
  const out = await fs.open(file, "wx", 0o640);
  try {
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    const flush = async () => {
      await out.appendFile(Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
    };
    const write = async (bytes: Uint8Array) => {
      signal.throwIfAborted();
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= REPAIR_BUFFER_BYTES) await flush();
    };
    let writer: MatroskaRepair | null = null;
    const { reports } = await measureMatroska(scanned, {
      ...options,
      onHead: async (head) => {
        writer = new MatroskaRepair(head);
        await write(writer.head(await copied.read(0, head.endBytes)));
      },
      onBlock: async (block) => {
        await write((writer as MatroskaRepair).before(block));
        await write(Uint8Array.from(await copied.read(block.startBytes, block.endBytes - block.startBytes)));
      },
    });
    await flush();
    return { file, reports };
  } finally {
    await out.close();
    await copied.close();
    await scanned.close();
  }
}
