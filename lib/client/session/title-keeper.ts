/** Brings the title to the server whenever it was changed, a moment after the last key, and again until it is there. */
import { api } from "@/lib/client/api";
import { toAppError } from "@/lib/domain/errors";
import { cleanTitle, MAX_TITLE_LENGTH } from "@/lib/domain/names";

const PAUSE_MS = 600;
/** After the server could not be reached. */
const RETRY_MS = 5000;

export class TitleKeeper {
  readonly #onRefusal: (error: unknown) => void;
  #recordingId: string | null = null;
  #title = "";
  /** What the server has. */
  #kept = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onRefusal the server does not take the title */
  constructor(onRefusal: (error: unknown) => void) {
    this.#onRefusal = onRefusal;
  }

  /** The title as the server would keep it. */
  get title(): string {
    return cleanTitle(this.#title).slice(0, MAX_TITLE_LENGTH);
  }

  set(title: string): void {
    this.#title = title;
    this.#keepIn(PAUSE_MS);
  }

  /** Does not wait for more keys: whoever typed has left the field. */
  flush(): void {
    this.#keepIn(0);
  }

  /** From now on the title belongs to this recording, which was made with `keptTitle`. */
  attach(recordingId: string, keptTitle: string): void {
    this.#recordingId = recordingId;
    this.#kept = keptTitle;
    // What was typed while the recording was being made is not there yet.
    this.#keepIn(0);
  }

  /** The recording keeps the title it has; the next one begins without. */
  detach(): void {
    clearTimeout(this.#timer);
    this.#recordingId = null;
    this.#title = "";
  }

  #keepIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#keep(), ms);
  }

  async #keep(): Promise<void> {
    const { title } = this;
    const recordingId = this.#recordingId;
    // An empty title is none: the recording keeps the one it has.
    if (recordingId === null || title === "" || title === this.#kept) return;
    try {
      // The page may be left meanwhile.
      await api.patch(`/recordings/${recordingId}`, { title }, { keepalive: true });
      if (recordingId === this.#recordingId) this.#kept = title;
    } catch (error) {
      if (recordingId !== this.#recordingId) return;
      if (toAppError(error).outcome.retry) this.#keepIn(RETRY_MS);
      else this.#onRefusal(error);
    }
  }
}
