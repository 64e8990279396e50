/** A recording of both tracks at the pace of a browser, for as long as a run takes; to see what becomes of it. */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { trackFilename } from "@/lib/domain/names";
import { TRACK_KINDS } from "@/lib/domain/recording-state";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { askUntilAnswered, captureChunks, type Target, TrackSource } from "@/tests/torture/support/recording-client";
import type { Tally } from "@/tests/torture/support/tally";

const CAPTURE = "hd_08";

export class SteadyRecording {
  readonly id: string;
  readonly tracks: readonly TrackSource[];
  readonly #tally: Tally;
  readonly #intervalMs: number;
  readonly #running: Promise<void>;
  #isEnding = false;
  #hasFinished = false;
  /** Times the server said `ready`, both tracks together. */
  connections = 0;

  private constructor(target: Target, id: string, tally: Tally, intervalMs: number) {
    this.id = id;
    this.#tally = tally;
    this.#intervalMs = intervalMs;
    this.tracks = TRACK_KINDS.map(
      (kind) =>
        new TrackSource({
          ...{ target, recordingId: id, kind, tally },
          onReady: () => {
            this.connections += 1;
          },
        }),
    );
    this.#running = this.#record();
  }

  /** @param intervalMs between two chunks; @param onCreated told the id before the first byte is sent */
  static async begin(
    target: Target,
    tally: Tally,
    intervalMs = 250,
    onCreated: (id: string) => void = () => {},
  ): Promise<SteadyRecording> {
    const { id } = await askUntilAnswered(target, "/api/v1/recordings", { tracks: TRACK_KINDS });
    onCreated(id);
    return new SteadyRecording(target, id, tally, intervalMs);
  }

  get recordedBytes(): number {
    return this.tracks.reduce((sum, { recordedBytes }) => sum + recordedBytes, 0);
  }

  get ackedBytes(): number {
    return this.tracks.reduce((sum, { ackedOffset }) => sum + ackedOffset, 0);
  }

  /** Ends it; resolves once the server has everything, or `patienceMs` have gone by without anything new. */
  async finish(patienceMs = 60_000): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    const finished = Promise.all(this.tracks.map((track) => track.finish())).then(() => true);
    let before = -1;
    let deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      this.#hasFinished = await Promise.race([finished, pause(100, false)]);
      if (this.#hasFinished) return;
      if (this.ackedBytes !== before) deadline = performance.now() + patienceMs;
      before = this.ackedBytes;
    }
    const states = this.tracks.map(({ kind, state }) => `${kind} ${JSON.stringify(state)}`);
    this.#tally.stuck(`${this.id}: ${states.join(", ")}`);
    await Promise.all(this.tracks.map((track) => track.abandon()));
  }

  /** Compares what is stored with what was recorded. @returns bytes compared */
  async compare(folder: RecordingsFolder): Promise<number> {
    let bytes = 0;
    for (const track of this.tracks) {
      const stored = await readFile(folder.file(this.id, trackFilename(track.kind, 1))).catch(() => Buffer.alloc(0));
      const recorded = track.recorded();
      const acked = this.#hasFinished ? recorded.length : track.ackedOffset;
      this.#tally.compare(stored, recorded, acked, `${this.id} ${track.kind}`);
      bytes += recorded.length;
    }
    return bytes;
  }

  async #record(): Promise<void> {
    for (let index = 0; !this.#isEnding; index += 1) {
      for (const track of this.tracks) {
        const chunks = captureChunks(CAPTURE, track.kind);
        track.record((chunks[index % chunks.length] as (typeof chunks)[number]).bytes);
      }
      await pause(this.#intervalMs);
    }
  }
}
