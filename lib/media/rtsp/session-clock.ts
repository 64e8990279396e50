/**
 * One time for all tracks of a session, in ticks of 90 kHz from its beginning. Where a track stands on it is said by
 * RTP-Info (RFC 2326 §12.33), else by when its first packet came; sender reports (RFC 3550 §6.4.1) put it right.
 */
import { type SenderReport, TimestampUnwrap } from "@/lib/media/rtsp/rtp";

export const TICKS_PER_MS = 90;
/** RTP-Info of some cameras is of another session or 0; one that puts the first packet further away is not believed. */
const MAX_INFO_DISTANCE_MS = 10_000;
/** Less is within what the reports themselves are off; correcting it would only make steps. */
const TOLERANCE_MS = 20;
const MAX_CORRECTION_MS = 10_000;

/** A step that is further from the time that passed is a clock that was set; pictures that come late in a heap are none. */
const MAX_STEP_MS = 5000;
/** Pictures that are shown out of order go back by less. */
const MAX_BACK_MS = 2000;

export class TrackClock {
  readonly #ticksPerTick: number;
  readonly #unwrap = new TimestampUnwrap();
  /** RTP time of the beginning of the session; null: not said. */
  #info: number | null;
  #offset: number | null = null;
  #last = 0;
  #lastTimestamp = 0;
  #lastCameMs = 0;
  /** How often the sender's clock jumped. */
  jumps = 0;

  /** @param clockRate of the media, in Hz */
  constructor(clockRate: number, info: number | null = null) {
    this.#ticksPerTick = (TICKS_PER_MS * 1000) / clockRate;
    this.#info = info;
  }

  get hasBegun(): boolean {
    return this.#offset !== null;
  }

  /** RTP-Info may come after the first packets; then it comes too late. */
  setInfo(rtpTime: number): void {
    if (this.#offset === null) this.#info = rtpTime;
  }

  /**
   * Where a timestamp stands. When the sender's clock jumped, time goes on as it went by here.
   *
   * @param timestamp 32 bits
   * @param cameMs when it came, by a clock of ours that does not jump, from the beginning of the session
   */
  ticks(timestamp: number, cameMs: number): number {
    const own = this.#unwrap.unwrap(timestamp) * this.#ticksPerTick;
    if (this.#offset === null) {
      const informed = this.#info === null ? Number.NaN : ((timestamp - this.#info) | 0) * this.#ticksPerTick;
      const isBelieved = Math.abs(informed) <= MAX_INFO_DISTANCE_MS * TICKS_PER_MS;
      this.#offset = isBelieved ? informed : cameMs * TICKS_PER_MS;
    } else {
      const stepMs = (own - this.#last) / TICKS_PER_MS;
      const passedMs = cameMs - this.#lastCameMs;
      if (stepMs < -MAX_BACK_MS || (stepMs > MAX_STEP_MS && stepMs - passedMs > MAX_STEP_MS)) {
        this.#offset -= (stepMs - passedMs) * TICKS_PER_MS;
        this.jumps += 1;
      }
    }
    this.#lastTimestamp = timestamp;
    this.#lastCameMs = cameMs;
    this.#last = own;
    return Math.round(own + this.#offset);
  }

  /** Where a timestamp near the last one stands. */
  peek(timestamp: number): number {
    return this.#last + ((timestamp - this.#lastTimestamp) | 0) * this.#ticksPerTick + (this.#offset ?? 0);
  }

  shift(ticks: number): void {
    if (this.#offset !== null) this.#offset += ticks;
  }
}

/** Keeps the sound where the sender's clock says it belongs beside the picture. */
export class SessionClock {
  readonly video: TrackClock;
  readonly audio: TrackClock | null;
  /** What the sender's clock says of the beginning, in ms; by track. */
  #videoBeginMs: number | null = null;
  #audioBeginMs: number | null = null;
  #jumps = 0;

  constructor(video: TrackClock, audio: TrackClock | null) {
    this.video = video;
    this.audio = audio;
  }

  /** @returns by how many ms the sound was moved */
  note(kind: "video" | "audio", { ntpMs, timestamp }: SenderReport): number {
    const track = kind === "video" ? this.video : this.audio;
    // Before its first packet a report has nothing to refer to, and 0 is a sender without a clock.
    if (track === null || !track.hasBegun || ntpMs <= 0) return 0;
    const jumps = this.video.jumps + (this.audio?.jumps ?? 0);
    // What was said before a jump is of another clock.
    if (jumps !== this.#jumps) this.#videoBeginMs = this.#audioBeginMs = null;
    this.#jumps = jumps;
    const beginMs = ntpMs - track.peek(timestamp) / TICKS_PER_MS;
    if (kind === "video") this.#videoBeginMs = beginMs;
    else this.#audioBeginMs = beginMs;
    if (this.#videoBeginMs === null || this.#audioBeginMs === null || this.audio === null) return 0;
    const lateMs = this.#audioBeginMs - this.#videoBeginMs;
    if (Math.abs(lateMs) <= TOLERANCE_MS || Math.abs(lateMs) > MAX_CORRECTION_MS) return 0;
    this.audio.shift(lateMs * TICKS_PER_MS);
    this.#audioBeginMs = this.#videoBeginMs;
    return lateMs;
  }
}
