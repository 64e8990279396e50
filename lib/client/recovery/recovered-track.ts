/** One track that an earlier page left, on its way to the server. */

import { TrackSpool } from "@/lib/client/spool/track-spool";
import type { StoredTrack, TrackStore } from "@/lib/client/spool/track-store";
import { ChunkMarks } from "@/lib/client/upload/chunk-marks";
import { Deferred } from "@/lib/client/upload/deferred";
import type { UploadState } from "@/lib/client/upload/upload-state";
import { Uploader, type UploaderOptions } from "@/lib/client/upload/uploader";

export interface LeftTrack {
  track: StoredTrack;
  store: TrackStore;
}

export class RecoveredTrack {
  readonly #track: StoredTrack;
  readonly #spool: TrackSpool;
  readonly #uploader: Uploader;
  #isFinishing = false;
  #finished = new Deferred();

  constructor({ track, store }: LeftTrack, options: Pick<UploaderOptions, "url" | "diagnose" | "openSocket">) {
    this.#track = track;
    this.#spool = TrackSpool.restore(track, store);
    const marks = new ChunkMarks();
    for (const mark of track.marks) marks.add({ ...mark, coveredMs: 0 });
    this.#uploader = new Uploader({ ...options, spool: this.#spool, marks });
  }

  get take(): number {
    return this.#track.facts.take;
  }

  /** The user had ended the recording with this track's take. */
  get isLast(): boolean {
    return this.#track.facts.isLast;
  }

  get upload(): UploadState {
    return this.#uploader.state;
  }

  /** The server has all that is stored here. */
  get isSent(): boolean {
    const { phase, queuedBytes } = this.upload;
    return phase === "finished" || (queuedBytes <= 0 && (phase === "connected" || phase === "idle"));
  }

  /** Sends what the server does not have, from where it says. */
  start(): void {
    const { mimeType, startedAtMs, browser } = this.#track.facts;
    // A page that ended before its first chunk was stored did not write that down; the server may know.
    this.#uploader.start(mimeType === "" ? null : { type: "start", mimeType, startedAtMs, browser });
  }

  /** Lets the connection go once everything is sent, while nobody has decided how it goes on. */
  restWhenSent(): void {
    if (this.isSent && !this.#isFinishing) this.#uploader.rest();
  }

  /** Writes down that no take follows. */
  markLast(): void {
    this.#spool.markLast();
  }

  /** @returns resolves when the server has confirmed the whole track, and nothing of it is left here */
  finish(): Promise<void> {
    if (!this.#isFinishing) {
      this.#isFinishing = true;
      // The digest of the whole was lost with the page; the server makes its own.
      void this.#uploader
        .finish(null)
        .then(() => (this.upload.phase === "finished" ? this.#spool.remove() : undefined))
        .then(this.#finished.resolve);
    }
    return this.#finished.promise;
  }

  retry(): void {
    this.#uploader.retry();
  }

  /** Removes what is stored. */
  async remove(): Promise<void> {
    this.#uploader.abort();
    await this.#spool.remove();
  }
}
