/** Measures the tracks of a Matroska file, and says whether it can be read as it is. */
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import type { ByteSource } from "@/lib/media/byte-source";
import { LONG_SILENCE_MS } from "@/lib/media/matroska-repair";
import { type ScannedBlock, type ScannedHead, scanMatroska } from "@/lib/media/matroska-scanner";
import { type ClockPoint, type Findings, type TrackReport, TrackTimeline } from "@/lib/media/track-timeline";

export interface Measurement {
  /** The first track of each kind that has blocks. */
  reports: Partial<Record<TrackKind, TrackReport>>;
  /** Those that were given, and those of this reading. When there are more, the file is to be read again with them. */
  findings: Findings;
  /** Bytes were not understood, or blocks cannot be trusted, or the sound has a gap that FFmpeg cannot fill. */
  needsRepair: boolean;
  /** Bytes after the last whole element: the recorder was stopped in the middle of it. */
  tornBytes: number;
}

export interface MeasureOptions {
  /** When the chunks of this file were handed over. */
  clock?: readonly ClockPoint[];
  /** See TimelineOptions. */
  reorderMs?: number;
  findings?: Findings;
  /** Called first, once, and then for every block that can be trusted, in the order of the file. */
  onHead?: (head: ScannedHead) => Promise<void>;
  onBlock?: (block: ScannedBlock) => Promise<void>;
}

/** @throws {AppError} unprocessable when the head of the file is missing or there is no block in it */
export async function measureMatroska(source: ByteSource, options: MeasureOptions = {}): Promise<Measurement> {
  const timelines = new Map<number, { kind: TrackKind; timeline: TrackTimeline }>();
  let needsRepair = false;
  let wholeBytes = 0;
  for await (const item of scanMatroska(source)) {
    if (item.type === "head") {
      for (const kind of TRACK_KINDS) {
        const track = item.tracks.find((each) => each.kind === kind);
        if (track === undefined) continue;
        const timeline = new TrackTimeline({ ...options, kind, sizeBytes: source.sizeBytes });
        timelines.set(track.number, { kind, timeline });
      }
      await options.onHead?.(item);
    } else if (item.type === "damage") {
      needsRepair = true;
      for (const { timeline } of timelines.values()) timeline.noteDamage();
    } else if (item.type === "block") {
      const isTrusted = timelines.get(item.trackNumber)?.timeline.take(item) ?? false;
      if (isTrusted) await options.onBlock?.(item);
    } else {
      wholeBytes = item.wholeBytes;
    }
  }
  const reports: Measurement["reports"] = {};
  const holes = new Set(options.findings?.holes);
  const leaps = new Set(options.findings?.leaps);
  for (const { kind, timeline } of timelines.values()) {
    const report = timeline.finish();
    if (report === null) continue;
    reports[kind] = report;
    needsRepair ||= report.leftOut > 0 || report.holes.length > 0;
    needsRepair ||= kind === "audio" && report.gaps.some(({ fromMs, toMs }) => toMs - fromMs > LONG_SILENCE_MS);
    for (const hole of report.holes) holes.add(hole);
    for (const leap of report.leaps) leaps.add(leap);
  }
  if (Object.keys(reports).length === 0) {
    throw new AppError("unprocessable", "no_media", "The file holds neither picture nor sound.");
  }
  return { reports, findings: { holes, leaps }, needsRepair, tornBytes: source.sizeBytes - wholeBytes };
}
