/** Brings the title to the server whenever it was changed, a moment after the last key. */
import { api } from "@/lib/client/api";
import { cleanTitle, MAX_TITLE_LENGTH } from "@/lib/domain/names";

const PAUSE_MS = 600;

export class TitleKeeper {
  readonly #onFailure: (error: unknown) => void;
  #recordingId: string | null = null;
  #title = "";
  /** What the server has. */
  #kept = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** The title as the server would keep it. */
  get title(): string {
    return cleanTitle(this.#title).slice(0, MAX_TITLE_LENGTH);
  }

  set(title: string): void {
    this.#title = title;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#keep(), PAUSE_MS);
  }

  /** From now on the title belongs to a recording that was made with it. null: to none yet. */
  attach(recordingId: string | null, keptTitle: string): void {
    this.#recordingId = recordingId;
    this.#kept = keptTitle;
    // What was typed while the recording was being made is not there yet.
    if (recordingId !== null && this.title !== keptTitle) void this.#keep();
  }

  async #keep(): Promise<void> {
    clearTimeout(this.#timer);
    const { title } = this;
    // An empty title is none: the recording keeps the one it has.
    if (this.#recordingId === null || title === "" || title === this.#kept) return;
    try {
      await api.patch(`/recordings/${this.#recordingId}`, { title });
      this.#kept = title;
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
