/** Finds the recordings that earlier pages left in this browser, and recovers each: once, and by one page. */
import { Recovery, type RecoveryState } from "@/lib/client/recovery/recovery";
import { type RecordingLocks, recordingLocks } from "@/lib/client/session/recording-locks";
import type { SocketUrls } from "@/lib/client/session/socket-urls";
import { type FoundTrack, findStoredTracks } from "@/lib/client/spool/open-track-store";
import type { UploaderOptions } from "@/lib/client/upload/uploader";

export interface RecoveriesOptions {
  /** Id of the user who is signed in. */
  userId: string;
  /** Addresses of the sockets. */
  sockets: SocketUrls;
  findTracks?: () => Promise<FoundTrack[]>;
  locks?: RecordingLocks;
  openSocket?: UploaderOptions["openSocket"];
}

/** What nobody needs to hear of. */
const UNSEEN: readonly RecoveryState["phase"][] = ["asking", "over"];

export class Recoveries {
  readonly #options: RecoveriesOptions;
  readonly #findTracks: () => Promise<FoundTrack[]>;
  readonly #locks: RecordingLocks;
  readonly #listeners = new Set<() => void>();
  /** By recording; undefined while another page holds it. */
  readonly #found = new Map<string, Recovery | undefined>();
  #state: readonly RecoveryState[] = [];

  constructor(options: RecoveriesOptions) {
    this.#options = options;
    this.#findTracks = options.findTracks ?? findStoredTracks;
    this.#locks = options.locks ?? recordingLocks();
  }

  /** The same list until something changes. */
  get state(): readonly RecoveryState[] {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(recordingId: string): Recovery | undefined {
    return this.#found.get(recordingId);
  }

  /** Looks for recordings that are not known yet. A recording that another page holds is waited for. */
  async look(): Promise<void> {
    for (const { recordingId } of await this.#findTracks()) {
      // What this page holds it records, or recovers already.
      if (this.#found.has(recordingId) || this.#locks.isHeldHere(recordingId)) continue;
      this.#found.set(recordingId, undefined);
      void this.#take(recordingId);
    }
  }

  /** Tries everything again now: the network is back. */
  retry(): void {
    for (const recovery of this.#found.values()) recovery?.retry();
  }

  /** The user has read it. */
  dismiss(recordingId: string): void {
    this.#found.delete(recordingId);
    this.#changed();
  }

  async #take(recordingId: string): Promise<void> {
    const release = await this.#locks.hold(recordingId);
    try {
      // Who held it may have brought it to its end.
      const found = (await this.#findTracks()).filter((track) => track.recordingId === recordingId);
      const opened = await Promise.all(found.map((track) => track.open()));
      const tracks = opened.filter((it) => it !== null).sort((a, b) => a.track.facts.take - b.track.facts.take);
      if (tracks.length === 0) return void this.#found.delete(recordingId);
      const { userId, sockets, openSocket } = this.#options;
      const recovery = new Recovery({
        ...{ recordingId, tracks, userId, sockets },
        onChange: () => this.#changed(),
        ...(openSocket === undefined ? {} : { openSocket }),
      });
      this.#found.set(recordingId, recovery);
      recovery.start();
      await recovery.ended;
      if (recovery.state.phase === "over") this.dismiss(recordingId);
    } catch {
      // It cannot be read now; the next look tries again.
      this.#found.delete(recordingId);
    } finally {
      release();
    }
  }

  #changed(): void {
    this.#state = [...this.#found.values()]
      .filter((recovery) => recovery !== undefined)
      .map(({ state }) => state)
      .filter(({ phase }) => !UNSEEN.includes(phase));
    for (const listener of this.#listeners) listener();
  }
}
