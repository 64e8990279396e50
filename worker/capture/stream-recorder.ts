/**
 * What one connection to a camera brings, into segments: cut at the first key frame behind each boundary of the clock, and
 * where the camera changes its picture. Knows nothing of reconnecting; a stream ends, and whoever runs it begins another.
 */
import type { CameraCause } from "@/lib/domain/camera-causes";
import type { AppError } from "@/lib/domain/errors";
import { ADTS_HEADER_BYTES, adtsHeader } from "@/lib/media/adts";
import { DecodeOrder } from "@/lib/media/mpegts/decode-order";
import { opusControlHeader } from "@/lib/media/mpegts/ts-writer";
import { type AccessUnit, annexB } from "@/lib/media/rtsp/access-unit";
import { parseH264Sequence, parseH265Sequence, type SequenceFacts } from "@/lib/media/rtsp/parameter-sets";
import { TICKS_PER_MS } from "@/lib/media/rtsp/session-clock";
import type { SegmentHead } from "@/lib/protocol/segment-index";
import type { CamerasFolder } from "@/lib/server/storage/cameras-folder";
import type { ChunkPool } from "@/worker/capture/chunk-pool";
import type { ChosenMedia } from "@/worker/capture/rtsp/choose-media";
import { type FinishedSegment, SegmentWriter } from "@/worker/capture/segment-writer";
import { SoundEncoder } from "@/worker/capture/sound-encoder";

/**
 * Times in a segment begin with this much: sound that belongs just before the first picture has room. FFmpeg's own muxer
 * begins at 1.4 s for the same reason.
 */
export const FIRST_TICKS = 90_000;
/** Before there are two pictures to measure by. */
const USUAL_STEP_MS = 40;
const MAX_STEP_MS = 2000;
/** A camera's clock that runs apart from ours is followed at the boundaries, when it is off by more. */
const DRIFT_MS = 300;
/**
 * A segment whose pictures are complete stays open until its sound has been encoded, for at most so long. Usually that is what
 * FFmpeg keeps back, a few frames of 128 ms each; on a machine that has no time for it, it is as much as the encoder takes.
 */
const SOUND_LAG_MS = 1000;
const MAX_SOUND_LAG_MS = 8000;
/** More frames than these do not wait for what follows them, but for the encoder. */
const USUAL_FRAMES_WAITING = 4;
/** What sound is in a segment: no transport stream carries samples as they are. */
const RECORDED_AS = { aac: "aac", opus: "opus", raw: "aac" } as const;
/** Delimiters of access units, which transport streams want (ISO 13818-1 §2.14.1, §2.17.1). */
const DELIMITERS = {
  h264: Uint8Array.of(0, 0, 0, 1, 9, 0xf0),
  h265: Uint8Array.of(0, 0, 0, 1, 0x46, 1, 0x50),
} as const;

export interface StreamContext {
  folder: CamerasFolder;
  cameraId: string;
  pool: ChunkPool;
  ffmpegPath: string;
  segmentMs: number;
  /** Why the first segment does not go on from the one before; null: there is none before. */
  cause: CameraCause | null;
  /** Wall time by this machine's clock, ms since the epoch. */
  now(): number;
  onSegmentOpen(filename: string, head: SegmentHead): void;
  onSegment(segment: FinishedSegment): Promise<void>;
  /** A whole key frame with its parameter sets; there only until the call returns. */
  onKeyFrame(codec: "h264" | "h265", parts: readonly Uint8Array[], atMs: number): void;
  onDurable(): void;
  /** Sound is left out for a while. */
  onSoundFailure(error: unknown): void;
  onFailure(error: AppError): void;
}

interface OpenSegment {
  writer: SegmentWriter;
  /** Ticks that are FIRST_TICKS in the segment. */
  baseTicks: number;
  /** Settled when all segments before it are on disk and were told: they are told in their order. */
  before: Promise<void>;
  settle: () => void;
}

/** Pictures are complete, sound is still being encoded. */
interface WaitingSegment extends OpenSegment {
  /** Where the next one begins. */
  endPts: number;
  stepMs: number;
  sinceMs: number;
}

export class StreamRecorder {
  readonly #context: StreamContext;
  readonly #media: ChosenMedia;
  readonly #parameterSets: () => Uint8Array[];
  readonly #closing = new Set<Promise<void>>();
  readonly #adts = new Uint8Array(ADTS_HEADER_BYTES);
  readonly #encoder: SoundEncoder | null;
  #order: DecodeOrder | null = null;
  #facts: SequenceFacts | null = null;
  #segment: OpenSegment | null = null;
  /** Oldest first. */
  readonly #waiting: WaitingSegment[] = [];
  /** Samples came since the segment that is open began. */
  #hasSamples = false;
  /** Settled when the newest segment is on disk and was told. */
  #told: Promise<void> = Promise.resolve();
  #nextCause: CameraCause | null;
  #mustCut = false;
  #boundaryMs = 0;
  #firstPts = 0;
  /** Wall time of tick 0. */
  #wallMs: number | null = null;
  #leastLagMs = Number.POSITIVE_INFINITY;
  #lastDts = 0;
  #stepMs = USUAL_STEP_MS;
  #prefix: Uint8Array | null = null;
  /** Wall time of the end of the last picture; null: none has come. */
  lastPictureMs: number | null = null;

  constructor(context: StreamContext, media: ChosenMedia, parameterSets: () => Uint8Array[]) {
    this.#context = context;
    this.#media = media;
    this.#parameterSets = parameterSets;
    this.#nextCause = context.cause;
    this.#encoder =
      media.audio?.codec === "raw"
        ? new SoundEncoder(context.ffmpegPath, media.audio.sound, {
            onFrame: (frame, pts) => this.#writeSound(frame, 0, frame.length, pts),
            onFailure: (error) => context.onSoundFailure(error),
          })
        : null;
    this.readParameterSets();
  }

  get isBehind(): boolean {
    return this.#segment?.writer.isBehind ?? false;
  }

  get hasCaughtUp(): boolean {
    return this.#segment?.writer.hasCaughtUp ?? true;
  }

  /** Begins anew with the next key frame, on the clock as it is then. */
  cut(cause: CameraCause): void {
    this.#mustCut = true;
    this.#nextCause = cause;
    this.#wallMs = null;
    this.#leastLagMs = Number.POSITIVE_INFINITY;
  }

  /** The parameter sets may be other ones: a new segment begins with the picture they belong to. */
  readParameterSets(): void {
    const sets = this.#parameterSets();
    const { codec, rules } = this.#media.video;
    const sequence = sets.find((unit) => rules.typeOf(unit[0] ?? 0) === (codec === "h264" ? 7 : 33));
    if (sequence === undefined) return;
    const facts = codec === "h264" ? parseH264Sequence(sequence) : parseH265Sequence(sequence);
    const before = this.#facts;
    this.#facts = facts;
    this.#prefix = null;
    if (before !== null && facts !== null && this.#segment !== null) {
      if (before.width === facts.width && before.height === facts.height && before.reorder === facts.reorder) return;
      this.#mustCut = true;
      this.#nextCause = "codec_changed";
    }
  }

  /** @param pts ticks of 90 kHz on the clock of the stream */
  picture(picture: AccessUnit, pts: number, nowMs: number): void {
    const wallMs = this.#wallOf(pts);
    if (picture.isKey && (this.#segment === null || this.#mustCut || wallMs >= this.#boundaryMs)) {
      if (this.#isDecodable(picture)) this.#begin(pts, nowMs);
    }
    if (this.#waiting.length > 0) this.#endWaiting(({ sinceMs }) => nowMs - sinceMs > this.#soundLagMs);
    const segment = this.#segment;
    if (segment === null || this.#order === null) return;
    const { writer } = segment;
    const dts = this.#order.next(pts);
    // The first picture of a segment settles where its times begin.
    if (Number.isNaN(segment.baseTicks)) segment.baseTicks = dts - FIRST_TICKS;
    const atMs = (pts - this.#firstPts) / TICKS_PER_MS;
    const prefix = this.#prefixOf(picture);
    const start = prefix !== null && picture.hasDelimiter ? DELIMITERS[this.#media.video.codec].length : 0;
    if (picture.isKey) {
      writer.beginKeyFrame(Math.max(0, Math.round(atMs)));
      this.#context.onKeyFrame(
        this.#media.video.codec,
        [...(prefix === null ? [] : [prefix]), picture.bytes.subarray(start, picture.length)],
        this.#wallOf(pts),
      );
    }
    writer.ts.writePicture({
      ...{ prefix, bytes: picture.bytes, start, end: picture.length },
      ...{ pts: pts - segment.baseTicks, dts: dts - segment.baseTicks, isKey: picture.isKey },
    });
    const stepMs = (dts - this.#lastDts) / TICKS_PER_MS;
    if (stepMs > 0 && stepMs < MAX_STEP_MS) this.#stepMs = stepMs;
    this.#lastDts = dts;
    this.lastPictureMs = Math.max(this.lastPictureMs ?? 0, this.#wallOf(pts) + this.#stepMs);
    writer.endPicture(atMs, nowMs);
  }

  /** @param pts ticks of 90 kHz on the clock of the stream */
  sound(bytes: Uint8Array, start: number, end: number, pts: number): void {
    if (this.#encoder === null) {
      this.#writeSound(bytes, start, end, pts);
      return;
    }
    this.#hasSamples = true;
    this.#encoder.push(bytes, start, end, pts);
  }

  #writeSound(bytes: Uint8Array, start: number, end: number, pts: number): void {
    const { audio } = this.#media;
    this.#endWaiting(({ endPts }) => endPts <= pts);
    const segment = this.#waiting[0] ?? this.#segment;
    if (segment === null || audio === null) return;
    const ticks = pts - segment.baseTicks;
    // Before the first picture there is nothing it could be heard with.
    if (!(ticks >= 0)) return;
    const prefix =
      audio.codec === "opus" ? opusControlHeader(end - start) : adtsHeader(audio.config, end - start, this.#adts);
    segment.writer.ts.writeSound(prefix, bytes, start, end, ticks);
  }

  /** Closes what is open; resolves when all segments are on disk and were told. */
  async close(): Promise<void> {
    await this.#encoder?.close();
    this.#endWaiting(() => true);
    if (this.#segment !== null) this.#end(this.#segment, this.#stepMs);
    this.#segment = null;
    await Promise.all(this.#closing);
  }

  #wallOf(pts: number): number {
    const lagMs = this.#context.now() - pts / TICKS_PER_MS;
    // Pictures come late, never early: the least lag is the one to believe.
    this.#leastLagMs = Math.min(this.#leastLagMs, lagMs);
    this.#wallMs ??= lagMs;
    return this.#wallMs + pts / TICKS_PER_MS;
  }

  #isDecodable(picture: AccessUnit): boolean {
    return picture.hasParameterSets || this.#parameterSets().length === this.#media.video.rules.parameterSets.length;
  }

  #begin(pts: number, nowMs: number): void {
    this.#complete(pts, nowMs);
    const { folder, cameraId, pool, segmentMs } = this.#context;
    const { video, audio } = this.#media;
    if (this.#wallMs === null || Math.abs(this.#leastLagMs - this.#wallMs) > DRIFT_MS) this.#wallMs = this.#leastLagMs;
    if (!Number.isFinite(this.#wallMs)) this.#wallMs = null;
    this.#leastLagMs = Number.POSITIVE_INFINITY;
    const startedAtMs = Math.round(this.#wallOf(pts));
    this.#boundaryMs = (Math.floor(startedAtMs / segmentMs) + 1) * segmentMs;
    this.#firstPts = pts;
    if (this.#order === null || this.#mustCut) this.#order = new DecodeOrder(this.#facts?.reorder ?? null);
    this.#mustCut = false;
    const head: SegmentHead = {
      version: 1,
      startedAtMs,
      videoCodec: video.codec,
      audioCodec: audio === null ? null : RECORDED_AS[audio.codec],
      width: this.#facts?.width ?? null,
      height: this.#facts?.height ?? null,
      cause: this.#nextCause,
    };
    this.#nextCause = null;
    const before = this.#told;
    let settle = () => {};
    this.#told = new Promise((resolve) => {
      settle = resolve;
    });
    const writer = new SegmentWriter({
      ...{ folder, cameraId, pool, head },
      streams: {
        video: video.codec,
        audio: audio === null ? null : { codec: RECORDED_AS[audio.codec], channels: audio.channels },
      },
      onOpen: (filename) => void before.then(() => this.#context.onSegmentOpen(filename, head)),
      onDurable: () => this.#context.onDurable(),
      onFailure: (error) => this.#context.onFailure(error),
    });
    this.#segment = { writer, baseTicks: Number.NaN, before, settle };
  }

  /** No picture follows in the segment that is open. */
  #complete(endPts: number, nowMs: number): void {
    const segment = this.#segment;
    this.#segment = null;
    if (segment === null) return;
    if (this.#hasSamples && (this.#encoder?.framesWaiting ?? 0) > 0) {
      segment.writer.endPictures();
      this.#waiting.push({ ...segment, endPts, stepMs: this.#stepMs, sinceMs: nowMs });
    } else {
      this.#end(segment, this.#stepMs);
    }
    this.#hasSamples = false;
  }

  get #soundLagMs(): number {
    return (this.#encoder?.framesWaiting ?? 0) > USUAL_FRAMES_WAITING ? MAX_SOUND_LAG_MS : SOUND_LAG_MS;
  }

  /** Ends those that wait, oldest first, as long as they are to end. */
  #endWaiting(isOver: (waiting: WaitingSegment) => boolean): void {
    while (this.#waiting[0] !== undefined && isOver(this.#waiting[0])) {
      const waiting = this.#waiting.shift() as WaitingSegment;
      this.#end(waiting, waiting.stepMs);
    }
  }

  #end({ writer, before, settle }: OpenSegment, stepMs: number): void {
    const closing = Promise.all([writer.close(stepMs), before])
      .then(([finished]) => (finished === null ? undefined : this.#context.onSegment(finished)))
      .catch((error: unknown) => this.#context.onFailure(error as AppError))
      .finally(() => {
        this.#closing.delete(closing);
        settle();
      });
    this.#closing.add(closing);
  }

  /** What a picture needs before it: a delimiter, and the parameter sets at key frames. Made once, not for each. */
  #prefixOf(picture: AccessUnit): Uint8Array | null {
    const delimiter = DELIMITERS[this.#media.video.codec];
    if (!picture.isKey || picture.hasParameterSets) return picture.hasDelimiter ? null : delimiter;
    this.#prefix ??= concat(delimiter, annexB(this.#parameterSets()));
    return this.#prefix;
  }
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
