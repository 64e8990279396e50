/**
 * One motion JPEG stream, kept open: connected to through the guard, read picture by picture with the time each arrived,
 * and connected to again, after a pause, whenever it ends or falls silent.
 */
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { AppError, toAppError } from "@/lib/domain/errors";
import {
  boundaryOf,
  FrameReader,
  type FrameReaderLimits,
  type MjpegFrame,
  type SkippedCounts,
} from "@/lib/media/mjpeg/frame-reader";
import { connectionFailed, guardedRequest } from "@/lib/server/outbound/guarded-request";
import { answerChallenge, type Credentials } from "@/lib/server/outbound/http-credentials";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { splitCredentials } from "@/lib/server/secrets/mask-url";

export interface StreamSourceOptions extends FrameReaderLimits {
  /** With user name and password, if there are any. */
  url: string;
  /** Without a picture for this long it counts as gone. */
  stallMs: number;
  /** First pause before connecting again; each further one without a picture in between is twice as long. */
  retryMs?: number;
  onFrame: (frame: MjpegFrame) => void;
  /** It is gone; it will be tried again. */
  onLost: (error: AppError) => void;
}

const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** Sources that come back together are not to be asked together. */
const JITTER = 0.25;

export class StreamSource {
  readonly #guard: OutboundGuard;
  readonly #options: StreamSourceOptions;
  readonly #address: string;
  readonly #credentials: Credentials | null;
  /** Of all connections so far. */
  readonly skipped: SkippedCounts = { broken: 0, garbageBytes: 0 };

  constructor(guard: OutboundGuard, options: StreamSourceOptions) {
    this.#guard = guard;
    this.#options = options;
    const { url, credentials } = splitCredentials(options.url);
    this.#address = url;
    this.#credentials = credentials;
  }

  /** Reads until the signal ends it. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { retryMs = RETRY_MS, onLost } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      let frames = 0;
      try {
        await this.#read(signal, (frame) => {
          frames += 1;
          this.#options.onFrame(frame);
        });
        if (!signal.aborted) throw new AppError("source_failed", "stream_ended", "The source ended the stream.");
      } catch (error) {
        if (signal.aborted) return;
        onLost(error instanceof AppError ? error : toAppError(error));
      }
      failures = frames > 0 ? 0 : failures + 1;
      const waitMs = Math.min(MAX_RETRY_MS, retryMs * 2 ** Math.max(0, failures - 1));
      await pause(waitMs * (1 + JITTER * (2 * Math.random() - 1)), undefined, { signal }).catch(() => {});
    }
  }

  /** One connection. @throws {AppError} when it cannot be made, ends with an error, or falls silent */
  async #read(signal: AbortSignal, onFrame: (frame: MjpegFrame) => void): Promise<void> {
    const response = await this.#open(signal);
    const { stallMs } = this.#options;
    try {
      const contentType = String(response.headers["content-type"] ?? "");
      if (response.statusCode !== 200) throw refused(response.statusCode ?? 0);
      if (/^text\//i.test(contentType)) throw notStream();
      await new Promise<void>((resolve, reject) => {
        const stall = setTimeout(() => reject(silent(stallMs)), stallMs);
        const reader = new FrameReader(boundaryOf(contentType), this.#options, (frame) => {
          stall.refresh();
          onFrame(frame);
        });
        const stop = () => resolve();
        signal.addEventListener("abort", stop, { once: true });
        let { broken, garbageBytes } = reader.skipped;
        response.on("data", (piece: Buffer) => {
          reader.take(piece, performance.now());
          this.skipped.broken += reader.skipped.broken - broken;
          this.skipped.garbageBytes += reader.skipped.garbageBytes - garbageBytes;
          ({ broken, garbageBytes } = reader.skipped);
        });
        response.on("error", (error) => reject(connectionFailed(error)));
        response.on("close", () => {
          clearTimeout(stall);
          signal.removeEventListener("abort", stop);
          resolve();
        });
      });
    } finally {
      response.destroy();
    }
  }

  async #open(signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { accept: "multipart/x-mixed-replace, image/jpeg;q=0.9, */*;q=0.1" };
    const first = await guardedRequest(this.#guard, this.#address, { signal, headers });
    const challenges = first.response.headersDistinct["www-authenticate"] ?? [];
    if (first.response.statusCode !== 401 || this.#credentials === null) return first.response;
    first.response.destroy();
    // They are for the host they were given for, and for no other that it redirects to.
    if (first.url.origin !== new URL(this.#address).origin) return first.response;
    const uri = `${first.url.pathname}${first.url.search}`;
    const authorization = answerChallenge(challenges, { method: "GET", uri, credentials: this.#credentials });
    if (authorization === null) return first.response;
    const { response } = await guardedRequest(this.#guard, first.url.href, {
      signal,
      headers: { ...headers, authorization },
    });
    return response;
  }
}

function refused(status: number): AppError {
  if (status === 401 || status === 403) {
    return new AppError("source_failed", "wrong_password", "The source refuses the user name and password.");
  }
  return new AppError("source_failed", "source_refused", `The source answered with status ${status}.`);
}

function notStream(): AppError {
  return new AppError("source_failed", "not_a_stream", "The address leads to a page, not to a stream of pictures.");
}

function silent(stallMs: number): AppError {
  return new AppError("source_failed", "source_silent", `No picture came for ${Math.round(stallMs / 1000)} s.`);
}
