/**
 * Decides when a socket is read. It is paused while any reason holds: the recording is being looked up, the disk is
 * behind, or the sender has used up its messages for this second. Nothing is refused: TCP slows the sender down.
 */
import type { WebSocket } from "ws";

type Reason = "opening" | "disk" | "rate";

/** A sender may be this far ahead of its rate before it is held. */
const BURST_SECONDS = 0.1;

export class FlowGate {
  readonly #socket: WebSocket;
  readonly #reasons = new Set<Reason>();
  readonly #messagesPerSecond: number;
  /**
   * Messages the sender may still send, by a token bucket. Negative after one read brought more than were allowed: what
   * was read is taken, and the next read waits until the debt is paid.
   */
  #allowance: number;
  #countedAtMs = performance.now();
  #timer: NodeJS.Timeout | null = null;

  /** @param messagesPerSecond read from this socket at most, over time */
  constructor(socket: WebSocket, messagesPerSecond: number) {
    this.#socket = socket;
    this.#messagesPerSecond = messagesPerSecond;
    this.#allowance = messagesPerSecond * BURST_SECONDS;
  }

  hold(reason: Reason): void {
    if (this.#reasons.size === 0) this.#socket.pause();
    this.#reasons.add(reason);
  }

  release(reason: Reason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#socket.resume();
  }

  /** Counts one message that came, and holds the next ones when there were too many. */
  countMessage(): void {
    this.#allowance -= 1;
    if (this.#allowance < 0 && this.#timer === null) this.#payDebt();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #payDebt(): void {
    const now = performance.now();
    const earned = ((now - this.#countedAtMs) / 1000) * this.#messagesPerSecond;
    this.#countedAtMs = now;
    this.#allowance = Math.min(this.#messagesPerSecond * BURST_SECONDS, this.#allowance + earned);
    if (this.#allowance >= 0) {
      this.release("rate");
      return;
    }
    this.hold("rate");
    const waitMs = Math.ceil((-this.#allowance / this.#messagesPerSecond) * 1000);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#payDebt();
    }, waitMs);
  }
}
