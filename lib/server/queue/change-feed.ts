/**
 * Tells every process what changed, through Redis' publish and subscribe. A hint and nothing more: pages also ask
 * again now and then, so a lost message costs freshness, never truth. Without Redis it works inside the process.
 */

import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { CHANGES_CHANNEL, type Change, change } from "@/lib/protocol/jobs";

export class ChangeFeed {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #origin = randomUUID();
  readonly #publisher: Redis | null;

  /** @param connections null: within this process only */
  constructor(connections: { publisher: Redis; subscriber: Redis } | null) {
    this.#publisher = connections?.publisher ?? null;
    if (connections === null) return;
    void connections.subscriber.subscribe(CHANGES_CHANNEL).catch(() => {}); // ioredis subscribes again when it is back
    connections.subscriber.on("message", (_channel: string, message: string) => this.#receive(message));
  }

  publish(what: Change): void {
    this.#emitter.emit("change", what);
    void this.#publisher?.publish(CHANGES_CHANNEL, JSON.stringify({ origin: this.#origin, what })).catch(() => {});
  }

  /** @returns ends the subscription */
  subscribe(listener: (what: Change) => void): () => void {
    this.#emitter.on("change", listener);
    return () => this.#emitter.off("change", listener);
  }

  #receive(message: string): void {
    try {
      const { origin, what } = JSON.parse(message);
      if (origin !== this.#origin) this.#emitter.emit("change", change.parse(what));
    } catch {
      // Not from a Tapedeck of this version.
    }
  }
}
