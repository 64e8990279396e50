/** An FFmpeg that encodes what is written to it while it is recorded, and ends when that does. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { runProgram } from "@/lib/server/ffmpeg/run";
import type { FollowContext } from "@/worker/follow/follow-context";
import { Refusal } from "@/worker/follow/refusal";

/** An hour for what comes after the longest recording there may be. */
const GRACE_SECONDS = 3600;

export class LiveEncoder {
  readonly #input = new PassThrough({ highWaterMark: 1024 ** 2 });
  /** Resolves when it has written everything. */
  readonly done: Promise<void>;

  /** @param onBytes takes what it writes; the program waits when this does */
  constructor(
    { config, inputLimits, signal, threads }: FollowContext,
    args: string[],
    onBytes: (bytes: Buffer) => Promise<void> | void,
  ) {
    const seconds = inputLimits.maxDurationSeconds + GRACE_SECONDS;
    this.done = runProgram(config.FFMPEG_PATH, args, {
      signal,
      input: this.#input,
      onBytes,
      timeoutMs: seconds * 1000,
      memoryBytes: config.COMPILE_MEMORY_BYTES,
      cpuSeconds: seconds * threads,
      fileBytes: 0,
    }).then(
      ({ stderr }) => {
        if (stderr.length > 0) throw new Refusal("encoder", stderr.join("; "));
      },
      (error) => {
        signal.throwIfAborted();
        throw error instanceof Refusal ? error : new Refusal("encoder", String(error), error);
      },
    );
    // Whoever waits for it hears; until then nobody may be waiting.
    this.done.catch(() => this.#input.destroy());
  }

  /** Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#input.destroyed) return this.done;
    // Copied: the bytes are overwritten while they wait.
    if (this.#input.write(Buffer.from(bytes))) return;
    await Promise.race([once(this.#input, "drain"), this.done]);
  }

  /** Nothing more comes. @returns when everything is encoded */
  async end(): Promise<void> {
    this.#input.end();
    await this.done;
  }
}
