/** Watches the disk under the recordings, so that whoever looks at a page learns within two seconds that it is full. */
import { EventEmitter } from "node:events";
import type { StorageStatus } from "@/lib/protocol/recordings";
import type { Services } from "@/lib/server/services";
import { hasRoom, reservedBytes } from "@/lib/server/storage/space";

const INTERVAL_MS = 1000;
/** With less than a group of the writer (track-writer.ts) a track is about to fail. */
const FULL_BYTES = 1024 ** 2;
/** A write that failed for want of room counts this long: a quota fills up without the disk being full. */
const FAILURE_COUNTS_MS = 5000;

export class StorageWatch {
  readonly #services: Services;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #timer: NodeJS.Timeout;
  #status: StorageStatus = { state: "ok", freeBytes: 0 };
  #reserved = 0;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  /** Looks every second until it is closed. */
  constructor(services: Services) {
    this.#services = services;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
  }

  /** As of the last look. */
  get status(): StorageStatus {
    return this.#status;
  }

  /** What live recordings have reserved as of the last look, in bytes. */
  get reservedBytes(): number {
    return this.#reserved;
  }

  /** A write has just failed because there is no room. */
  noteFull(): void {
    this.#failedAtMs = performance.now();
    void this.look();
  }

  /** Looks now. */
  async look(): Promise<StorageStatus> {
    const status = await this.#read();
    const before = this.#status.state;
    this.#status = status;
    if (status.state !== before) {
      const level = status.state === "ok" ? "info" : "warn";
      this.#services.log[level]({ ...status, reservedBytes: this.#reserved }, "state of the storage");
      this.#emitter.emit("change");
    }
    return status;
  }

  /** @param listener called when the state is another one; @returns ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#emitter.on("change", listener);
    return () => this.#emitter.off("change", listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<StorageStatus> {
    const { folder, config } = this.#services;
    let freeBytes = 0;
    try {
      await folder.confirm();
      freeBytes = await folder.freeBytes();
    } catch {
      return { state: "missing", freeBytes };
    }
    // A database that is away changes nothing about the disk: what it said last holds on.
    this.#reserved = await reservedBytes(this.#services).catch(() => this.#reserved);
    if (freeBytes < FULL_BYTES || performance.now() - this.#failedAtMs < FAILURE_COUNTS_MS) {
      return { state: "full", freeBytes };
    }
    const isOk = hasRoom(freeBytes, this.#reserved, config.RESERVE_BYTES, { config });
    return { state: isOk ? "ok" : "low", freeBytes };
  }
}
