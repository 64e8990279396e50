/** Splits what a program writes into lines, keeping no more of it than one line. */

/** What is longer than this is no line of a program we run; its rest is dropped. */
const MAX_LINE_LENGTH = 16 * 1024;

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(text: string): void {
    // FFmpeg ends its status lines with a carriage return alone.
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() as string).slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.#onLine(line.slice(0, MAX_LINE_LENGTH));
  }

  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
