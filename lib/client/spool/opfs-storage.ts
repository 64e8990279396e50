/** Tracks in the origin private file system, through the worker that may write there. */
import type { OpfsAnswer, OpfsCall, OpfsRequest, OpfsResult } from "@/lib/client/spool/opfs-messages";
import { listOpfsTracks } from "@/lib/client/spool/opfs-track";
import { storageError } from "@/lib/client/spool/storage-error";
import type { SpoolStorage, StoredTrack, TrackFacts, TrackIdentity, TrackStore } from "@/lib/client/spool/track-store";
import { AppError } from "@/lib/domain/errors";

interface Waiting {
  resolve(result: OpfsResult): void;
  reject(error: AppError): void;
}

export class OpfsStorage implements SpoolStorage {
  /** Started at the first call: to see that there is nothing, no worker is needed. */
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #tracks = 0;
  #failure: AppError | null = null;

  async createTrack(facts: TrackFacts): Promise<TrackStore> {
    const track = ++this.#tracks;
    await this.#call({ call: "create", track, facts });
    return this.#storeOf(track);
  }

  async listTracks(): Promise<TrackIdentity[]> {
    try {
      return await listOpfsTracks();
    } catch (error) {
      throw storageError(error);
    }
  }

  async openTrack(identity: TrackIdentity): Promise<{ track: StoredTrack; store: TrackStore } | null> {
    const track = ++this.#tracks;
    const found = (await this.#call({ call: "open", track, identity })) as StoredTrack | null;
    return found === null ? null : { track: found, store: this.#storeOf(track) };
  }

  #storeOf(track: number): TrackStore {
    return {
      append: async (chunk) => void (await this.#call({ call: "append", track, chunk })),
      read: async (offset, maxBytes) =>
        (await this.#call({ call: "read", track, offset, maxBytes })) as Uint8Array<ArrayBuffer>,
      note: async (changed) => void (await this.#call({ call: "note", track, facts: changed })),
      release: async (offset) => void (await this.#call({ call: "release", track, offset })),
      remove: async () => void (await this.#call({ call: "remove", track })),
    };
  }

  #call(call: OpfsCall): Promise<OpfsResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      this.#worker ??= this.#startWorker();
      this.#worker.postMessage({ id, ...call } satisfies OpfsRequest);
    });
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL("./opfs-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<OpfsAnswer>) => this.#settle(data);
    worker.onerror = (event) => {
      this.#failure = storageError(new Error(event.message || "the worker could not be started"));
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
    return worker;
  }

  #settle(answer: OpfsAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) {
      const { kind, code, message, detail } = answer.error;
      waiting?.reject(new AppError(kind, code, message, detail === undefined ? {} : { detail }));
    } else waiting?.resolve(answer.result);
  }
}
