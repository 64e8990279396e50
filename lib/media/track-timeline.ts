/**
 * The timeline of one track: takes its blocks in the order of the file, decides which of them can be trusted, and
 * tells how long the track is, where time is missing, and how late its chunks were handed over.
 *
 * Recorders write blocks in order. So a block that goes back in time is a repeat, or belongs to a cluster whose
 * beginning is missing, and its timestamp is wrong; it is left out. After anything was lost, pictures are left out up to
 * the next key frame: they refer to what is not there.
 */
import type { TrackKind } from "@/lib/domain/recording-state";
import { StepHistogram } from "@/lib/media/step-histogram";

/** A packet: when it plays, and where it lies in the file. */
export interface MediaBlock {
  timestampMs: number;
  keyframe: boolean;
  /** `[startBytes, endBytes)` */
  startBytes: number;
  endBytes: number;
  /** What its timestamp is counted from: where its cluster begins. */
  clusterStartBytes: number;
}

/** The chunk that ends before `offsetBytes` was handed over at `perfMs`, by a clock that both tracks share. */
export interface ClockPoint {
  offsetBytes: number;
  perfMs: number;
}

export interface TimelineOptions {
  kind: TrackKind;
  sizeBytes: number;
  /** Ascending. */
  clock?: readonly ClockPoint[];
  /** How far timestamps may go back because pictures are stored in decoding order; 0 where there are no B-frames. */
  reorderMs?: number;
  /** What an earlier reading found, and only its end could tell. */
  findings?: Findings;
}

/** Where a file is wrong although everything parses. */
export interface Findings {
  /** Blocks before which bytes are missing, by `startBytes`. */
  holes: ReadonlySet<number>;
  /** Blocks that leap ahead of what comes after them, by `startBytes`; the rest of their cluster is wrong too. */
  leaps: ReadonlySet<number>;
}

export interface TimeSpan {
  fromMs: number;
  toMs: number;
}

/** All times are those of the file; its first block need not be at 0. */
export interface TrackReport {
  /** Blocks that can be trusted. */
  blocks: number;
  firstMs: number;
  lastMs: number;
  /** Where the last block ends: `lastMs` and the usual step. */
  endMs: number;
  /** Median time from one block to the next; for audio this is the length of a packet. */
  stepMs: number;
  /** Lower envelope of `perfMs` minus the timestamp of the last whole block before it; null without a clock. */
  deliveryMs: number | null;
  /** Time that is missing. */
  gaps: TimeSpan[];
  /** What is to be known before the file is read again; see {@link Findings}. */
  holes: number[];
  leaps: number[];
  /** Blocks that were left out: repeated, out of order, or not decodable. */
  leftOut: number;
}

/** Less than this is jitter: the largest step of a healthy capture under load was 240 ms of video, 70 ms of audio. */
const MIN_GAP_MS = 200;
/** A jump forward of more is believed only when the clock confirms it: a damaged timestamp must not make hours. */
const MAX_UNCONFIRMED_JUMP_MS = 10 * 60_000;
/** A jump of so many usual steps may be a hole; fewer is an uneven frame rate. */
const MIN_HOLE_STEPS = 3;
/** Blocks that are remembered to recognise repeats; at 30 frames a second two minutes. */
const REMEMBERED_BLOCKS = 4096;
/** More of either is no accident but the nature of the source: a slide show jumps with every picture. */
const MAX_NOTED = 500;

interface Jump extends TimeSpan {
  startBytes: number;
  /** When the chunk was handed over that ends within the block after the jump; null: none does. */
  handedOverMs: number | null;
}

const NOTHING_FOUND: Findings = { holes: new Set(), leaps: new Set() };

export class TrackTimeline {
  readonly #kind: TrackKind;
  readonly #clock: ClockPoint[];
  readonly #reorderMs: number;
  readonly #findings: Findings;
  readonly #leaps = new Set<number>();
  readonly #steps = new StepHistogram();
  readonly #recent = new Map<number, number>();
  readonly #jumps: Jump[] = [];
  readonly #gaps: TimeSpan[] = [];
  #clockIndex = 0;
  #deliveryMs: number | null = null;
  /** The envelope as it was when this cluster and the one before it began. */
  #deliveryBefore: [cluster: number | null, previous: number | null] = [null, null];
  #cluster: number | null = null;
  #isDeliveryFinal = false;
  #blocks = 0;
  #leftOut = 0;
  #firstMs = 0;
  #lastMs = 0;
  #isBroken = false;
  #distrustedCluster: number | null = null;
  #lastJump: Jump | null = null;
  /** What was left out since the last block that was not. */
  #leftOutSpan: TimeSpan | null = null;

  constructor({ kind, sizeBytes, clock = [], reorderMs = 0, findings = NOTHING_FOUND }: TimelineOptions) {
    this.#kind = kind;
    // The last chunk came at the stop, when the encoders were emptied: it is early and would spoil the envelope.
    this.#clock = clock.filter(({ offsetBytes }) => offsetBytes < sizeBytes);
    this.#reorderMs = reorderMs;
    this.#findings = findings;
  }

  /**
   * Adds what is known later of a track that grows. Points before the end of a block must be there before it is taken,
   * and the point of the last chunk must not come.
   */
  addClock(points: readonly ClockPoint[]): void {
    for (const point of points) this.#clock.push(point);
  }

  /** What {@link finish} would say by now of when the track began; null before the first block. */
  get beginning(): Pick<TrackReport, "firstMs" | "deliveryMs" | "stepMs"> | null {
    if (this.#blocks === 0) return null;
    return { firstMs: this.#firstMs, deliveryMs: this.#deliveryMs, stepMs: this.#steps.percentile(0.5) };
  }

  /** Blocks that were left out so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Bytes before the next block could not be read. */
  noteDamage(): void {
    this.#breakOff();
  }

  /** Takes the next block. @returns whether it can be trusted */
  take(block: MediaBlock): boolean {
    const { timestampMs } = block;
    const handedOverMs = this.#readClock(block);
    if (block.clusterStartBytes !== this.#cluster) {
      this.#cluster = block.clusterStartBytes;
      this.#deliveryBefore = [this.#deliveryMs, this.#deliveryBefore[0]];
    }
    if (this.#findings.leaps.has(block.startBytes)) this.#distrust(block);
    const wasDistrusted = this.#distrustedCluster === block.clusterStartBytes;
    if (!wasDistrusted && this.#isRepeat(block)) {
      this.#leftOut += 1;
      this.#stopEnvelope();
      return false;
    }
    const stepMs = this.#blocks === 0 ? 0 : timestampMs - this.#lastMs;
    if (stepMs < -this.#reorderMs && !wasDistrusted) {
      // What fits in before the last jump says that it was the jump that was wrong.
      if (this.#lastJump !== null && timestampMs >= this.#lastJump.fromMs) this.#leaps.add(this.#lastJump.startBytes);
      this.#distrust(block);
    }
    const isTooFar = stepMs > MAX_UNCONFIRMED_JUMP_MS && !this.#clockConfirms(stepMs);
    if (isTooFar) this.#breakOff();
    if (this.#findings.holes.has(block.startBytes)) this.#isBroken = true;
    const cannotStart = this.#isBroken && this.#kind === "video" && !block.keyframe;
    if (isTooFar || cannotStart || this.#distrustedCluster === block.clusterStartBytes) {
      this.#leaveOut(timestampMs);
      return false;
    }
    if (this.#blocks === 0) {
      this.#firstMs = timestampMs;
      this.#lastMs = timestampMs;
    } else {
      this.#steps.add(Math.abs(stepMs));
      if (stepMs > MIN_GAP_MS) this.#noteJump(block, stepMs, handedOverMs);
      else if (this.#isBroken) this.#noteGap({ fromMs: this.#lastMs, toMs: timestampMs });
    }
    this.#isBroken = false;
    this.#leftOutSpan = null;
    this.#blocks += 1;
    this.#firstMs = Math.min(this.#firstMs, timestampMs);
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
    return true;
  }

  /** @returns null when no block could be trusted */
  finish(): TrackReport | null {
    if (this.#blocks === 0) return null;
    this.#readClock({ startBytes: Infinity, endBytes: Infinity });
    const stepMs = this.#steps.percentile(0.5);
    if (this.#leftOutSpan !== null) {
      const { fromMs, toMs } = this.#leftOutSpan;
      // What was left out because of a jump that is not believed lies nowhere; it is as long as it is.
      const isElsewhere = fromMs - this.#lastMs > MAX_UNCONFIRMED_JUMP_MS;
      this.#noteGap({ fromMs: this.#lastMs, toMs: isElsewhere ? this.#lastMs + toMs - fromMs : toMs });
    }
    const isAudio = this.#kind === "audio";
    const missing = [...this.#gaps, ...(isAudio ? this.#jumps : [])].sort((a, b) => a.fromMs - b.fromMs);
    const isSlideshow = this.#jumps.length === MAX_NOTED;
    const holes = isAudio || isSlideshow ? [] : this.#jumps.filter((jump) => this.#isHole(jump));
    return {
      blocks: this.#blocks,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      endMs: this.#lastMs + stepMs,
      stepMs,
      deliveryMs: this.#deliveryMs,
      gaps: missing
        .map(({ fromMs, toMs }) => ({ fromMs: fromMs + stepMs, toMs }))
        .filter(({ fromMs, toMs }) => toMs - fromMs >= MIN_GAP_MS),
      holes: holes.map(({ startBytes }) => startBytes),
      leaps: [...this.#leaps],
      leftOut: this.#leftOut,
    };
  }

  /**
   * Passes the chunk boundaries before the block's end, each a sample of the envelope.
   *
   * @returns when the chunk was handed over that ends within the block; null: none does
   */
  #readClock({ startBytes, endBytes }: Pick<MediaBlock, "startBytes" | "endBytes">): number | null {
    let handedOverMs: number | null = null;
    for (let point = this.#clock[this.#clockIndex]; point !== undefined; point = this.#clock[this.#clockIndex]) {
      if (point.offsetBytes >= endBytes) break;
      this.#clockIndex += 1;
      if (point.offsetBytes > startBytes) handedOverMs ??= point.perfMs;
      if (this.#blocks === 0 || this.#isDeliveryFinal) continue;
      const deliveryMs = point.perfMs - this.#lastMs;
      this.#deliveryMs = Math.min(this.#deliveryMs ?? deliveryMs, deliveryMs);
    }
    return handedOverMs;
  }

  /**
   * Whether bytes are missing before a picture that comes late. A source may show a still picture for a while and send
   * none, so the time alone says nothing; the clock does. Chunks end within an element (Chromium ends them after the
   * first byte of the next): the block that holds a boundary had been made when the chunk before it was handed over. One
   * that claims to be of a later time is not the one that followed.
   */
  #isHole({ fromMs, toMs, handedOverMs }: Jump): boolean {
    if (handedOverMs === null || this.#deliveryMs === null) return false;
    const jumpMs = toMs - fromMs;
    const latestMs = handedOverMs - this.#deliveryMs;
    return jumpMs > MIN_HOLE_STEPS * this.#steps.percentile(0.5) && toMs - latestMs > jumpMs / 2;
  }

  /** From here on nothing of the block's cluster is believed. */
  #distrust({ clusterStartBytes }: MediaBlock): void {
    this.#distrustedCluster = clusterStartBytes;
    this.#breakOff();
  }

  #breakOff(): void {
    this.#isBroken = true;
    this.#stopEnvelope();
  }

  /**
   * After the first irregularity the envelope takes nothing more, and gives up what it has from this cluster and the one
   * before: blocks that came into a wrong cluster are found out only later, and one wrong sample spoils a minimum.
   */
  #stopEnvelope(): void {
    if (this.#isDeliveryFinal || this.#blocks === 0) return;
    this.#isDeliveryFinal = true;
    this.#deliveryMs = this.#deliveryBefore[1];
  }

  /** Whether about as much time went by between the chunks around here. */
  #clockConfirms(stepMs: number): boolean {
    const before = this.#clock[this.#clockIndex - 2];
    const after = this.#clock[this.#clockIndex] ?? this.#clock[this.#clockIndex - 1];
    return before !== undefined && after !== undefined && after.perfMs - before.perfMs > stepMs * 0.9;
  }

  #isRepeat({ timestampMs, startBytes, endBytes }: MediaBlock): boolean {
    const sizeBytes = endBytes - startBytes;
    if (this.#recent.get(timestampMs) === sizeBytes) return true;
    this.#recent.set(timestampMs, sizeBytes);
    if (this.#recent.size > REMEMBERED_BLOCKS) this.#recent.delete(this.#recent.keys().next().value as number);
    return false;
  }

  #leaveOut(timestampMs: number): void {
    this.#leftOut += 1;
    const span = (this.#leftOutSpan ??= { fromMs: timestampMs, toMs: timestampMs });
    span.fromMs = Math.min(span.fromMs, timestampMs);
    span.toMs = Math.max(span.toMs, timestampMs);
  }

  #noteJump({ timestampMs, startBytes }: MediaBlock, stepMs: number, handedOverMs: number | null): void {
    const jump: Jump = { fromMs: timestampMs - stepMs, toMs: timestampMs, startBytes, handedOverMs };
    this.#lastJump = jump;
    if (this.#isBroken) this.#noteGap(jump);
    else if (this.#jumps.length < MAX_NOTED) this.#jumps.push(jump);
  }

  #noteGap(gap: TimeSpan): void {
    if (this.#gaps.length < MAX_NOTED) this.#gaps.push(gap);
  }
}
