/** Tracks in the origin private file system, through the worker that may write there. */
import type { OpfsAnswer, OpfsCall, OpfsRequest } from "@/lib/client/spool/opfs-messages";
import { storageError } from "@/lib/client/spool/storage-error";
import type { SpoolStorage, TrackFacts, TrackStore } from "@/lib/client/spool/track-store";
import { AppError } from "@/lib/domain/errors";

interface Waiting {
  resolve(bytes: Uint8Array<ArrayBuffer> | undefined): void;
  reject(error: AppError): void;
}

export class OpfsStorage implements SpoolStorage {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #tracks = 0;
  #failure: AppError | null = null;

  constructor() {
    this.#worker = new Worker(new URL("./opfs-worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<OpfsAnswer>) => this.#settle(data);
    this.#worker.onerror = (event) => {
      this.#failure = storageError(new Error(event.message || "the worker could not be started"));
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
  }

  async createTrack(facts: TrackFacts): Promise<TrackStore> {
    const track = ++this.#tracks;
    await this.#call({ call: "create", track, facts });
    return {
      append: async (chunk) => void (await this.#call({ call: "append", track, chunk })),
      read: async (offset, maxBytes) =>
        (await this.#call({ call: "read", track, offset, maxBytes })) as Uint8Array<ArrayBuffer>,
      note: async (changed) => void (await this.#call({ call: "note", track, facts: changed })),
      release: async (offset) => void (await this.#call({ call: "release", track, offset })),
      remove: async () => void (await this.#call({ call: "remove", track })),
    };
  }

  /** Ends the worker; calls under way are never answered. */
  close(): void {
    this.#worker.terminate();
  }

  #call(call: OpfsCall): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...call } satisfies OpfsRequest);
    });
  }

  #settle(answer: OpfsAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) {
      const { kind, code, message, detail } = answer.error;
      waiting?.reject(new AppError(kind, code, message, detail === undefined ? {} : { detail }));
    } else waiting?.resolve(answer.bytes);
  }
}
