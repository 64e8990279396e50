/**
 * What an earlier run of following the same recording has written before its worker died or was stopped: pictures and
 * sound that were encoded, and need not be again. Only a run of the same machine, since it was started, with the same
 * settings is gone on with: what is not synced yet is read as it was written then, and an encoder's output fits its own.
 */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { AAC_FRAME_SAMPLES, type LiveHeader, type LiveSegment, sumOf } from "@/lib/media/mp4/live-layout";
import { LiveIndexReader } from "@/lib/server/live/live-index-reader";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import type { FollowContext } from "@/worker/follow/follow-context";
import type { VideoSample } from "@/worker/follow/segmenter";

/** Changes with every start of the system; Linux. */
const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";

/** @returns what two runs must have in common, hex; undefined: this system does not say when it was started */
export async function recipeOf({ config, settings, threads }: FollowContext): Promise<string | undefined> {
  const boot = await fs.readFile(BOOT_ID_FILE, "latin1").catch(() => null);
  if (boot === null) return undefined;
  const parts = [boot.trim(), config.FFMPEG_PATH, threads, settings];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

export class EarlierRun {
  readonly header: LiveHeader;
  /** When its last picture ends, from the first one on, in ms; 0: it has none. */
  readonly pictureMs: number;
  /** Frames of sound, from the first one on. */
  readonly soundFrames: number;
  /** Its files in the recording's folder. */
  readonly filenames: readonly string[];
  readonly #index: LiveIndexReader;
  readonly #mp4: fs.FileHandle;
  readonly #remove: () => Promise<void>;
  readonly #users = new Set<TrackKind>();
  #isClosed = false;

  private constructor(found: Found, last: { video: LiveSegment | null; audio: LiveSegment | null }) {
    this.header = found.header;
    this.filenames = found.filenames;
    this.#index = found.index;
    this.#mp4 = found.mp4;
    this.#remove = found.remove;
    const { video } = last.video ?? {};
    const { audio } = last.audio ?? {};
    const endTicks = video == null ? 0 : video.firstTicks + sumOf(video.durationsTicks);
    this.pictureMs = (endTicks * 1000) / (this.header.video?.timescale ?? 1);
    this.soundFrames = audio == null ? 0 : audio.firstTicks / AAC_FRAME_SAMPLES + audio.sizesBytes.length;
  }

  /** @returns the one that has come furthest; null: there is none to go on with */
  static async find(folder: RecordingsFolder, recordingId: string, recipe: string): Promise<EarlierRun | null> {
    const names = await fs.readdir(folder.folder(recordingId)).catch((): string[] => []);
    const found: { index: LiveIndexReader; header: LiveHeader; lastsMs: number }[] = [];
    for (const name of names.filter((each) => each.startsWith(LIVE_INDEX_FILENAME))) {
      const index = new LiveIndexReader(folder.file(recordingId, name));
      // One that cannot be read is none.
      await index.refresh().catch(() => false);
      const { header } = index;
      if (header?.recipe === recipe && names.includes(header.filename))
        found.push({ index, header, lastsMs: sumOf(index.durationsMs) });
    }
    const [best] = found.sort((a, b) => b.lastsMs - a.lastsMs);
    return best === undefined ? null : EarlierRun.#open(folder, recordingId, best.index, best.header);
  }

  static async #open(
    folder: RecordingsFolder,
    id: string,
    index: LiveIndexReader,
    header: LiveHeader,
  ): Promise<EarlierRun> {
    // The name of the index will be that of the new run's.
    const indexName = `${LIVE_INDEX_FILENAME}.${header.filename.slice("live-".length, -".mp4".length)}`;
    await index.rename(folder.file(id, indexName));
    const filenames = [header.filename, indexName];
    const remove = async () => {
      for (const filename of filenames) await folder.removeFile(id, filename);
    };
    const last: { video: LiveSegment | null; audio: LiveSegment | null } = { video: null, audio: null };
    for (let at = index.durationsMs.length - 1; at >= 0; at -= 1) {
      const segment = await index.segment(at);
      if (segment?.video != null) last.video ??= segment;
      if (segment?.audio != null) last.audio ??= segment;
      if ((last.video !== null || header.video === null) && (last.audio !== null || header.audio === null)) break;
    }
    const mp4 = await fs.open(folder.file(id, header.filename), "r");
    return new EarlierRun({ header, filenames, index, mp4, remove }, last);
  }

  /** Says who reads; each is to be released. */
  use(kinds: Iterable<TrackKind>): void {
    for (const kind of kinds) this.#users.add(kind);
  }

  /** What of it was needed for a track has been read. After the last one its files are removed. */
  async release(kind: TrackKind): Promise<void> {
    if (!this.#users.delete(kind) || this.#users.size > 0) return;
    await this.close();
    await this.#remove();
  }

  /** Lets go of its files; the next run may want them. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#mp4.close();
  }

  /** Its pictures in their order, with times from the first one on, up to one that is not before `untilMs`. */
  async *pictures(untilMs: number): AsyncGenerator<VideoSample> {
    const ticksPerMs = (this.header.video?.timescale ?? 0) / 1000;
    for await (const { segment, bytes } of this.#segments((each) => each.video !== null)) {
      const { firstTicks, durationsTicks, sizesBytes, keyframes } = segment.video as NonNullable<LiveSegment["video"]>;
      let ticks = firstTicks;
      let from = 0;
      for (const [index, size] of sizesBytes.entries()) {
        const timestampMs = ticks / ticksPerMs;
        if (timestampMs >= untilMs) return;
        yield { timestampMs, keyframe: keyframes.includes(index), bytes: bytes.subarray(from, from + size) };
        ticks += durationsTicks[index] ?? 0;
        from += size;
      }
    }
  }

  /** Frames of its sound by their numbers, `[from, to)`. */
  async *frames(from: number, to: number): AsyncGenerator<Uint8Array> {
    const overlaps = ({ audio }: LiveSegment) => {
      if (audio === null) return false;
      const first = audio.firstTicks / AAC_FRAME_SAMPLES;
      return first < to && first + audio.sizesBytes.length > from;
    };
    for await (const { segment, bytes } of this.#segments(overlaps)) {
      const { firstTicks, sizesBytes } = segment.audio as NonNullable<LiveSegment["audio"]>;
      let offset = sumOf(segment.video?.sizesBytes ?? []);
      let number = firstTicks / AAC_FRAME_SAMPLES;
      for (const size of sizesBytes) {
        if (number >= from && number < to) yield bytes.subarray(offset, offset + size);
        number += 1;
        offset += size;
      }
    }
  }

  /** @throws {Error} when the MP4 is shorter than its index says */
  async *#segments(
    isWanted: (segment: LiveSegment) => boolean,
  ): AsyncGenerator<{ segment: LiveSegment; bytes: Buffer }> {
    for (let at = 0; at < this.#index.durationsMs.length; at += 1) {
      const segment = await this.#index.segment(at);
      if (segment === null || !isWanted(segment)) continue;
      const bytes = Buffer.allocUnsafe(segment.lengthBytes);
      const { bytesRead } = await this.#mp4.read(bytes, 0, bytes.length, segment.offsetBytes);
      if (bytesRead < bytes.length) throw new Error(`${this.header.filename} ends within a segment`);
      yield { segment, bytes };
    }
  }
}

interface Found {
  header: LiveHeader;
  filenames: string[];
  index: LiveIndexReader;
  mp4: fs.FileHandle;
  remove: () => Promise<void>;
}
