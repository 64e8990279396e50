/** Tells the server that a take has begun, again and again until it knows: recording does not wait for that. */
import { api } from "@/lib/client/api";
import { backOffMs } from "@/lib/client/upload/back-off";
import { AppError, toAppError } from "@/lib/domain/errors";
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { BeginTakeRequest, RecordingResource, TakeResource } from "@/lib/protocol/recordings";

export interface AnnouncedTake {
  recordingId: string;
  number: number;
  cause: SourceGapCause;
  tracks: TrackKind[];
}

export class TakeAnnouncement {
  readonly #take: AnnouncedTake;
  #phase: "asking" | "waiting" | "failed" | "done" | "aborted" = "asking";
  #problem: { code: string; message: string } | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resolve: () => void = () => {};
  /** Resolves once the server knows the take. */
  readonly done = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  constructor(take: AnnouncedTake) {
    this.#take = take;
    void this.#announce();
  }

  get isDone(): boolean {
    return this.#phase === "done";
  }

  /** The server refuses, and will again. */
  get isRefused(): boolean {
    return this.#phase === "failed";
  }

  get problem(): { code: string; message: string } | null {
    return this.#problem;
  }

  /** Tries again now. */
  retry(): void {
    if (this.#phase !== "waiting" && this.#phase !== "failed") return;
    clearTimeout(this.#timer);
    void this.#announce();
  }

  abort(): void {
    clearTimeout(this.#timer);
    this.#phase = "aborted";
  }

  async #announce(): Promise<void> {
    this.#phase = "asking";
    try {
      await announceTake(this.#take, this.#failures > 0);
      if (this.#isOver()) return;
      this.#phase = "done";
      this.#problem = null;
      this.#resolve();
    } catch (error) {
      if (this.#isOver()) return;
      const { outcome, code, message } = toAppError(error);
      this.#failures += 1;
      // No answer is the connection's matter, and is shown as that.
      this.#problem = code === "unreachable" ? null : { code, message };
      // The compilation ends by itself; then the recording can be opened again.
      const canWait = outcome.retry || code === "compiling";
      this.#phase = canWait ? "waiting" : "failed";
      if (canWait) this.#timer = setTimeout(() => void this.#announce(), backOffMs(this.#failures));
    }
  }

  /** Aborted while the server was asked. */
  #isOver(): boolean {
    return this.#phase === "aborted";
  }
}

/**
 * Makes the take on the server.
 *
 * @param mayBeThere it was asked before, and the answer did not come
 * @throws {AppError} of the answer; conflict when the server gave it another number
 */
export async function announceTake(
  { recordingId, number, cause, tracks }: AnnouncedTake,
  mayBeThere: boolean,
): Promise<void> {
  if (mayBeThere) {
    const { takes } = await api.get<RecordingResource>(`/recordings/${recordingId}`);
    if (takes.some((take) => take.number === number)) return;
  }
  const request: BeginTakeRequest = { cause, tracks };
  const begun = await api.post<TakeResource>(`/recordings/${recordingId}/takes`, request);
  if (begun.number === number) return;
  throw new AppError("conflict", "take_number_differs", "This recording is being continued somewhere else, too.");
}
