/**
 * Puts samples together to segments and writes them: about two seconds each, from key frame to key frame, with the sound
 * of the same time. Sound comes from its encoder a little later, so a segment waits for it, but not for long.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { AacFormat } from "@/lib/media/adts";
import {
  AAC_FRAME_SAMPLES,
  type LiveHeader,
  type LiveSegment,
  type LiveVideoTrack,
  sumOf,
} from "@/lib/media/mp4/live-layout";
import { SampleTable } from "@/lib/media/mp4/sample-table";
import type { LiveFile } from "@/worker/follow/live-file";
import { Refusal } from "@/worker/follow/refusal";

/** A sample of the picture, in decoding order; it lasts until the next. */
export interface VideoSample {
  /** When it is decoded. */
  timestampMs: number;
  /** How much later it is shown; left out: not at all. */
  compositionMs?: number;
  keyframe: boolean;
  bytes: Uint8Array;
}

/** What is known of the picture before its first sample. */
export type VideoFormat = Pick<LiveVideoTrack, "codec" | "configuration" | "width" | "height">;

export const VIDEO_TIMESCALE = 90_000;
const TICKS_PER_MS = VIDEO_TIMESCALE / 1000;
/** A key frame after this begins the next segment. */
const MIN_SEGMENT_MS = 1900;
/** Where there is none for so long, or for so many bytes, any picture does. */
const MAX_SEGMENT_MS = 6000;
const MAX_SEGMENT_BYTES = 16 * 1024 ** 2;
/** Of sound alone: 2005 ms at 48 kHz. */
const SOUND_SEGMENT_FRAMES = 94;
/** A segment waits for its sound until the picture is so much further, or so much waits. */
const MAX_SOUND_LAG_MS = 4000;
const MAX_WAITING_BYTES = 64 * 1024 ** 2;

/** As much more of one track than of the other is taken where both are there: of sound 85 s, some 1.5 MB. */
const MAX_FRAMES_AHEAD = 4000;
const MAX_PICTURE_AHEAD_MS = 3000;
const TURN_MS = 10;

/** A frame of sound and how long it lasts, in samples. */
interface Frame {
  bytes: Uint8Array;
  ticks: number;
}

interface Group {
  samples: VideoSample[];
  endMs: number;
  bytes: number;
}

/** What the segmenter asks when it has what the header needs: where the tracks start on a common timeline, in ms. */
export type StartTimes = () => { videoMs: number; audioMs: number } | null;

export interface SegmenterOptions {
  filename: string;
  hasVideo: boolean;
  hasAudio: boolean;
  startTimes: StartTimes;
  onSegment: (header: LiveHeader, segment: LiveSegment) => void;
  /** As the live index has it; left out: nobody may go on with this run. */
  recipe?: string | undefined;
  /** Samples that the sound's encoder has put before it; left out: a frame. */
  primingTicks?: number;
  /** How much later the first frame of sound comes than the first picture is decoded; left out: nothing is known of it. */
  soundShiftMs?: number;
}

export class Segmenter {
  readonly video: SampleTable | null;
  readonly audio: SampleTable | null;
  readonly #file: LiveFile;
  readonly #filename: string;
  readonly #recipe: string | undefined;
  readonly #startTimes: StartTimes;
  readonly #onSegment: (header: LiveHeader, segment: LiveSegment) => void;
  header: LiveHeader | null = null;
  videoFormat: VideoFormat | null = null;
  audioFormat: AacFormat | null = null;
  #groups: Group[] = [];
  #current: VideoSample[] = [];
  #currentBytes = 0;
  #waitingBytes = 0;
  #firstMs: number | null = null;
  #lastMs = 0;
  /** Of the last two pictures: the last one is taken to last as long. */
  #stepMs = 33;
  readonly #primingTicks: number;
  readonly #soundShiftMs: number;
  /** Sound is given as fast as it can be read: pictures wait for theirs. */
  isSoundThere = false;
  #frames: Frame[] = [];
  /** Of the sound that came, and that was written. */
  #soundTicks = 0;
  #writtenTicks = 0;
  #isVideoOver: boolean;
  #isAudioOver: boolean;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: LiveFile, options: SegmenterOptions) {
    this.#file = file;
    this.#filename = options.filename;
    this.#recipe = options.recipe;
    this.#startTimes = options.startTimes;
    this.#onSegment = options.onSegment;
    this.#primingTicks = options.primingTicks ?? AAC_FRAME_SAMPLES;
    this.#soundShiftMs = options.soundShiftMs ?? 0;
    this.video = options.hasVideo ? new SampleTable() : null;
    this.audio = options.hasAudio ? new SampleTable() : null;
    this.#isVideoOver = !options.hasVideo;
    this.#isAudioOver = !options.hasAudio;
  }

  /**
   * Where both tracks are there to a late time already, neither is to run away from the other: what is written together is
   * played together, and what waits is in memory.
   *
   * @returns when there is to be more of the track
   */
  async turnOf(kind: TrackKind, signal: AbortSignal): Promise<void> {
    const isAhead = () =>
      kind === "audio"
        ? !this.#isVideoOver && this.#frames.length > MAX_FRAMES_AHEAD
        : this.isSoundThere && this.#lastMs - (this.#firstMs ?? this.#lastMs) > this.#soundMs() + MAX_PICTURE_AHEAD_MS;
    while (isAhead()) await pause(TURN_MS, undefined, { signal });
  }

  /** The bytes are kept until they are written. @throws {Refusal} when pictures are not in order */
  addVideo(sample: VideoSample): Promise<void> {
    const from = this.#current[0];
    if (this.#firstMs === null) {
      if (!sample.keyframe) throw new Refusal("unreadable", "the picture begins without a key frame");
      this.#firstMs = sample.timestampMs;
    } else {
      if (sample.timestampMs <= this.#lastMs)
        throw new Refusal("parameters", "pictures are not stored as they are shown");
      this.#stepMs = sample.timestampMs - this.#lastMs;
    }
    this.#lastMs = sample.timestampMs;
    const spanMs = from === undefined ? 0 : sample.timestampMs - from.timestampMs;
    const isLong = spanMs >= MAX_SEGMENT_MS || this.#currentBytes >= MAX_SEGMENT_BYTES;
    if (isLong || (sample.keyframe && spanMs >= MIN_SEGMENT_MS)) this.#closeGroup(sample.timestampMs);
    this.#current.push(sample);
    this.#currentBytes += sample.bytes.length;
    this.#waitingBytes += sample.bytes.length;
    return this.#flush();
  }

  /** @param ticks how long it lasts, in samples */
  addAudio(frame: Uint8Array, format: AacFormat, ticks = AAC_FRAME_SAMPLES): Promise<void> {
    this.audioFormat ??= format;
    // Copied: it is part of a larger piece, which would be kept with it.
    this.#frames.push({ bytes: Uint8Array.from(frame), ticks });
    this.#soundTicks += ticks;
    return this.#flush();
  }

  /** @param stepMs how long the last picture lasts */
  endVideo(stepMs: number): Promise<void> {
    if (stepMs > 0) this.#stepMs = stepMs;
    if (this.#current.length > 0) this.#closeGroup(this.#lastMs + this.#stepMs);
    this.#isVideoOver = true;
    return this.#flush();
  }

  endAudio(): Promise<void> {
    this.#isAudioOver = true;
    return this.#flush();
  }

  /** Writes what has become ready without a further sample: where the tracks start may be known only now. */
  async look(): Promise<void> {
    await this.#flush();
  }

  #closeGroup(endMs: number): void {
    this.#groups.push({ samples: this.#current, endMs, bytes: this.#currentBytes });
    this.#current = [];
    this.#currentBytes = 0;
  }

  /** Writes what is ready, one after the other. */
  #flush(): Promise<void> {
    if (!this.#isReady()) return Promise.resolve();
    this.#writing = this.#writing.then(async () => {
      while (this.#isReady()) await this.#write();
    });
    return this.#writing;
  }

  #isReady(): boolean {
    const group = this.#groups[0];
    const isOver = this.#isVideoOver && this.#isAudioOver;
    if (this.video !== null && group === undefined && !(isOver && this.#frames.length > 0)) return false;
    if (this.video === null && this.#frames.length < (isOver ? 1 : SOUND_SEGMENT_FRAMES)) return false;
    if (this.header === null && !this.#makeHeader(isOver)) return false;
    if (group === undefined || this.#isAudioOver) return true;
    const isSoundThere = this.#soundMs() >= group.endMs - (this.#firstMs as number);
    return isSoundThere || this.#lastMs - group.endMs > MAX_SOUND_LAG_MS || this.#waitingBytes > MAX_WAITING_BYTES;
  }

  /** How far the sound has come. */
  #soundMs(): number {
    return this.#heardMs(this.#soundTicks);
  }

  /** When a sample is heard, from the first picture on. */
  #heardMs(ticks: number): number {
    return this.#soundShiftMs + this.#durationMs(ticks - this.#primingTicks);
  }

  #durationMs(ticks: number): number {
    return (ticks * 1000) / (this.audioFormat?.sampleRate ?? 48_000);
  }

  #makeHeader(isOver: boolean): boolean {
    const isThere =
      (this.video === null || this.videoFormat !== null) && (this.audio === null || this.audioFormat !== null);
    if (!isThere) {
      if (this.#waitingBytes > MAX_WAITING_BYTES || isOver) throw new Refusal("late_track", "no sound was encoded");
      return false;
    }
    const starts = this.#startTimes();
    if (starts === null && !isOver && this.#waitingBytes <= MAX_WAITING_BYTES) return false;
    const { videoMs, audioMs } = starts ?? { videoMs: 0, audioMs: 0 };
    const { videoFormat, audioFormat } = this;
    const priming = audioFormat === null ? 0 : (this.#primingTicks / audioFormat.sampleRate) * 1000;
    this.header = {
      version: 1,
      filename: this.#filename,
      video:
        videoFormat === null
          ? null
          : {
              ...videoFormat,
              timescale: VIDEO_TIMESCALE,
              startTicks: Math.round((videoMs + priming) * TICKS_PER_MS),
            },
      audio:
        audioFormat === null
          ? null
          : {
              codec: "mp4a.40.2",
              configuration: Buffer.from(audioFormat.configuration).toString("base64"),
              channels: audioFormat.channels,
              timescale: audioFormat.sampleRate,
              startTicks: Math.round((audioMs / 1000) * audioFormat.sampleRate),
            },
      recipe: this.#recipe,
    };
    return true;
  }

  #isHeaderWritten = false;

  async #write(): Promise<void> {
    const header = this.header as LiveHeader;
    if (!this.#isHeaderWritten) {
      this.#isHeaderWritten = true;
      await this.#file.writeHeader(header);
    }
    const group = this.#groups.shift();
    const next = this.#groups[0]?.samples[0] ?? this.#current[0];
    const firstTicks = this.#writtenTicks;
    const frames = this.#takeFrames(group, next === undefined && this.#isVideoOver && this.#isAudioOver);
    const videoSizes = group?.samples.map(({ bytes }) => bytes.length) ?? [];
    const audioSizes = frames.map(({ bytes }) => bytes.length);
    const videoBytes = sumOf(videoSizes);
    const audioMs = this.#durationMs(this.#writtenTicks - firstTicks);
    const areUsual = frames.every(({ ticks }) => ticks === AAC_FRAME_SAMPLES);
    let written: LiveSegment | null = null;
    const samples = [...(group?.samples ?? []), ...frames].map(({ bytes }) => bytes);
    await this.#file.appendSegment(samples, (offsetBytes) => {
      written = {
        offsetBytes,
        lengthBytes: videoBytes + sumOf(audioSizes),
        durationMs: group === undefined ? audioMs : group.endMs - (group.samples[0] as VideoSample).timestampMs,
        video: group === undefined ? null : this.#videoRun(group, videoSizes),
        audio:
          frames.length === 0
            ? null
            : {
                firstTicks,
                sizesBytes: audioSizes,
                ...(areUsual ? {} : { durationsTicks: frames.map(({ ticks }) => ticks) }),
              },
      };
      if (written.video !== null) this.video?.addVideo(offsetBytes, written.video);
      if (written.audio !== null) this.audio?.addAudio(offsetBytes + videoBytes, written.audio);
      return written;
    });
    this.#waitingBytes -= group?.bytes ?? 0;
    if (written !== null) this.#onSegment(header, written);
  }

  #videoRun({ samples, endMs }: Group, sizesBytes: number[]): NonNullable<LiveSegment["video"]> {
    const ticks = (ms: number) => Math.round((ms - (this.#firstMs as number)) * TICKS_PER_MS);
    return {
      firstTicks: ticks((samples[0] as VideoSample).timestampMs),
      durationsTicks: samples.map(
        ({ timestampMs }, index) => ticks(samples[index + 1]?.timestampMs ?? endMs) - ticks(timestampMs),
      ),
      sizesBytes,
      ...(samples.some(({ compositionMs = 0 }) => compositionMs !== 0)
        ? { compositionTicks: samples.map(({ compositionMs = 0 }) => Math.round(compositionMs * TICKS_PER_MS)) }
        : {}),
      keyframes: samples.flatMap(({ keyframe }, index) => (keyframe ? [index] : [])),
    };
  }

  /** The frames of sound that belong to a group: up to its end, or all of them. */
  #takeFrames(group: Group | undefined, isLast: boolean): Frame[] {
    let count = this.#frames.length;
    let ticks = this.#writtenTicks;
    if (group !== undefined && !isLast) {
      const endMs = group.endMs - (this.#firstMs as number);
      count = 0;
      for (; count < this.#frames.length && this.#heardMs(ticks) < endMs; count += 1) {
        ticks += (this.#frames[count] as Frame).ticks;
      }
    } else if (group === undefined && !this.#isAudioOver) count = Math.min(count, SOUND_SEGMENT_FRAMES);
    const taken = this.#frames.splice(0, count);
    for (const frame of taken) this.#writtenTicks += frame.ticks;
    return taken;
  }
}
