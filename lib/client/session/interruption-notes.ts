/** Tells the server what a take goes on without, again and again until it knows: recording does not wait for that. */
import { api } from "@/lib/client/api";
import { backOffMs } from "@/lib/client/upload/back-off";
import { Deferred } from "@/lib/client/upload/deferred";
import { toAppError } from "@/lib/domain/errors";
import type { NoteInterruptionRequest } from "@/lib/protocol/recordings";

/** Asks the server once. @throws {AppError} of the answer */
export type SendNote = (note: NoteInterruptionRequest) => Promise<unknown>;

export class InterruptionNotes {
  readonly #send: SendNote;
  readonly #told: Promise<void>[] = [];
  /** Pauses between two tries, each ended by its function. */
  readonly #waiting = new Set<() => void>();
  readonly #aborted = new Deferred();
  #isAborted = false;

  constructor(recordingId: string, send?: SendNote) {
    this.#send = send ?? ((note) => api.post(`/recordings/${recordingId}/interruptions`, note));
  }

  /** @param known resolves once the server knows the take; it is told nothing before */
  add(note: NoteInterruptionRequest, known: Promise<void>): void {
    this.#told.push(known.then(() => this.#tell(note)));
  }

  /** Resolves once everything was told, or is never going to be. */
  get settled(): Promise<void> {
    return Promise.race([Promise.all(this.#told).then(() => {}), this.#aborted.promise]);
  }

  /** Tries again now. */
  retry(): void {
    for (const goOn of this.#waiting) goOn();
  }

  abort(): void {
    this.#isAborted = true;
    this.#aborted.resolve();
    this.retry();
  }

  async #tell(note: NoteInterruptionRequest): Promise<void> {
    for (let failures = 1; !this.#isAborted; failures += 1) {
      try {
        await this.#send(note);
        return;
      } catch (error) {
        // Refused is refused: the recording is worth more than a word about it.
        if (!toAppError(error).outcome.retry) return;
        await this.#pause(backOffMs(failures));
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    const over = new Deferred();
    const goOn = () => over.resolve();
    const timer = setTimeout(goOn, ms);
    this.#waiting.add(goOn);
    await over.promise;
    clearTimeout(timer);
    this.#waiting.delete(goOn);
  }
}
