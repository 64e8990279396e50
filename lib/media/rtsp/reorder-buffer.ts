/**
 * RTP packets that came as datagrams, handed on in their order: one that overtook others waits for them, for as long as
 * whoever owns the buffer lets it. What never comes is left to {@link SequenceWatch}, which counts it.
 */

/** More than that ahead is waited for no longer: 64 packets are 25 ms of 30 Mbps. */
const MAX_HELD = 64;
/** Further off than this is not late but a sender that began anew. */
const MAX_MISORDER = 1000;

export class ReorderBuffer {
  readonly #onPacket: (packet: Uint8Array) => void;
  readonly #held = new Map<number, Uint8Array>();
  #next = -1;

  constructor(onPacket: (packet: Uint8Array) => void) {
    this.#onPacket = onPacket;
  }

  /** Packets wait for one that has not come. */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  /** @param packet whole; kept until it is its turn. What is no RTP packet is left out. */
  push(packet: Uint8Array): void {
    if (packet.length < 12) return;
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    if (this.#next < 0) this.#next = sequence;
    const ahead = (sequence - this.#next) & 0xffff;
    if (ahead === 0) {
      this.#hand(sequence, packet);
      this.#drain();
    } else if (ahead <= MAX_MISORDER) {
      this.#held.set(sequence, packet);
      if (this.#held.size >= MAX_HELD) this.flush();
    } else if (ahead < 0x1_0000 - MAX_MISORDER) {
      this.flush();
      this.#hand(sequence, packet);
    }
    // What is left is late: its place was given up, or it came twice.
  }

  /** Hands on all that waits: what is missing will not come. */
  flush(): void {
    const from = this.#next;
    const waiting = [...this.#held].sort(([one], [other]) => ((one - from) & 0xffff) - ((other - from) & 0xffff));
    this.#held.clear();
    for (const [sequence, packet] of waiting) this.#hand(sequence, packet);
  }

  #drain(): void {
    for (let packet = this.#held.get(this.#next); packet !== undefined; packet = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#hand(this.#next, packet);
    }
  }

  #hand(sequence: number, packet: Uint8Array): void {
    this.#next = (sequence + 1) & 0xffff;
    this.#onPacket(packet);
  }
}
