/**
 * Brings one track to the server: connects, sends from where the server says, in order and each byte once, comes back
 * after every interruption, and finishes. Version 1 of lib/protocol/ingest, seen from the browser.
 */
import type { TrackSpool } from "@/lib/client/spool/track-spool";
import { backOffMs } from "@/lib/client/upload/back-off";
import type { ChunkMarks } from "@/lib/client/upload/chunk-marks";
import { afterClose, type ServerError } from "@/lib/client/upload/close-verdict";
import type { UploadPhase, UploadState } from "@/lib/client/upload/upload-state";
import { type AppError, toAppError } from "@/lib/domain/errors";
import type { ClientMessage, ServerMessage, StartMessage } from "@/lib/protocol/ingest";

/** Bytes handed to the socket and not yet on the network; more only makes acknowledgements later. */
const MAX_BUFFERED_BYTES = 1024 ** 2;
const MESSAGE_BYTES = 256 * 1024;
/** A socket says nothing when its buffer empties. */
const BUFFER_POLL_MS = 50;
/** The server acknowledges within a second; after this long without, the connection is taken for dead. */
const STALL_MS = 20_000;
/** A server that restarted reads the whole track for its digest before it says finished. */
const FINISH_STALL_MS = 300_000;

export type UploadSocket = Pick<WebSocket, "bufferedAmount" | "send" | "close" | "onopen" | "onmessage" | "onclose">;

export interface UploaderOptions {
  /** Address of the socket, with session and take. */
  url: string;
  spool: Pick<TrackSpool, "startOffset" | "endOffset" | "held" | "read" | "reach" | "release">;
  marks: Pick<ChunkMarks, "between" | "release">;
  /** Why the server refuses connections, when it can be found out: browsers do not tell. */
  diagnose?: () => Promise<AppError | null>;
  openSocket?: (url: string) => UploadSocket;
}

export class Uploader {
  readonly #options: UploaderOptions;
  #phase: UploadPhase = "idle";
  #problem: { code: string; message: string } | null = null;
  #ackedOffset: number;
  #start: StartMessage | null = null;
  #hasStarted = false;
  /** Set once no more bytes come; the digest is null where it is not known. */
  #end: { sha256: string | null } | null = null;
  #settle: (() => void)[] = [];

  #socket: UploadSocket | null = null;
  /** `ready` has come on this connection. */
  #isReady = false;
  #hasOpened = false;
  #sendOffset = 0;
  #maxMessageBytes = MESSAGE_BYTES;
  #isPumping = false;
  #mustLook = false;
  #hasSentFinish = false;
  #serverError: ServerError | null = null;

  /** Connections in a row that came to nothing. */
  #failures = 0;
  #retryAtMs = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#ackedOffset = options.spool.startOffset;
  }

  get state(): UploadState {
    return {
      phase: this.#phase,
      ackedOffset: this.#ackedOffset,
      queuedBytes: this.#options.spool.endOffset - this.#ackedOffset,
      problem: this.#problem,
    };
  }

  /** The recorder has begun: connects. @param message null: nothing is known that the server could want to know */
  start(message: StartMessage | null): void {
    this.#start = message;
    this.#hasStarted = true;
    this.#connect();
  }

  /** Says that the spool has more bytes. */
  notify(): void {
    // Browsers hold the timers of hidden pages back for up to a minute; chunks still come.
    if (this.#phase === "waiting" && this.#socket === null && Date.now() >= this.#retryAtMs) this.#connect();
    void this.#pump();
  }

  /**
   * The spool has all bytes there will ever be.
   *
   * @param sha256 of the whole track, hex; null: not known, then the server cannot compare
   * @returns resolves once the server has everything, or the upload was aborted
   */
  finish(sha256: string | null): Promise<void> {
    this.#end = { sha256 };
    if (this.#phase === "idle" && this.#hasStarted) this.#connect();
    else void this.#pump();
    if (this.#phase === "finished" || this.#phase === "aborted") return Promise.resolve();
    return new Promise((resolve) => this.#settle.push(resolve));
  }

  /** Tries again at once: the network is back, or the user has removed what stood in the way. */
  retry(): void {
    if (this.#phase !== "waiting" && this.#phase !== "failed") return;
    this.#failures = Math.min(this.#failures, 1);
    this.#connect();
  }

  /** Lets go of the connection until {@link finish}: to a server, who is connected is still recording. */
  rest(): void {
    if (this.#phase !== "connected" || this.#end !== null) return;
    this.#leave();
    this.#become("idle");
  }

  /** Gives up; what is in the spool stays there. */
  abort(): void {
    if (this.#phase === "finished" || this.#phase === "aborted") return;
    this.#leave();
    this.#become("aborted");
    this.#resolve();
  }

  #connect(): void {
    this.#leave();
    this.#hasOpened = false;
    this.#serverError = null;
    this.#become(this.#failures === 0 ? "connecting" : "waiting", this.#problem);
    const { url, spool, openSocket = (address) => new WebSocket(address) } = this.#options;
    const { held } = spool;
    const socket = openSocket(held === null ? url : `${url}&held=${held.fromOffset}-${held.endOffset}`);
    this.#socket = socket;
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.#hasOpened = true;
      // First of all, so that the server knows what it talks to even if the connection breaks right after.
      if (this.#start !== null) this.#send(this.#start);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === "string") this.#receive(JSON.parse(data) as ServerMessage);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
    this.#expectAnswer(STALL_MS);
  }

  /** Lets go of the connection, if there is one; it is not heard any more. */
  #leave(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#stallTimer);
    const socket = this.#socket;
    this.#socket = null;
    this.#isReady = false;
    this.#hasSentFinish = false;
    socket?.close();
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case "ready":
        this.#resume(message.offset, message.maxMessageBytes);
        break;
      case "ack":
        this.#acknowledge(message.offset);
        break;
      case "finished":
        this.#acknowledge(message.offset);
        this.#leave();
        this.#become("finished");
        this.#resolve();
        break;
      case "error":
        // The close that follows decides.
        this.#serverError = message;
    }
  }

  #resume(offset: number, maxMessageBytes: number): void {
    const { spool } = this.#options;
    if (!spool.reach(offset)) {
      this.#fail("offset_unknown", "The server's copy and this browser's do not fit together any more.");
      return;
    }
    this.#isReady = true;
    this.#sendOffset = offset;
    this.#maxMessageBytes = Math.min(MESSAGE_BYTES, maxMessageBytes);
    clearTimeout(this.#stallTimer);
    // What the server complained of stands until it takes bytes again.
    this.#become("connected", offset === spool.endOffset ? null : this.#problem);
    this.#acknowledge(offset);
    void this.#pump();
  }

  #acknowledge(offset: number): void {
    const { spool, marks } = this.#options;
    if (offset <= this.#ackedOffset) return;
    this.#ackedOffset = Math.min(offset, spool.endOffset);
    this.#failures = 0;
    this.#problem = null;
    spool.release(this.#ackedOffset);
    marks.release(this.#ackedOffset);
    clearTimeout(this.#stallTimer);
    if (this.#isReady && this.#sendOffset > this.#ackedOffset) this.#expectAnswer(STALL_MS);
    void this.#pump();
  }

  /** Sends what the spool has, as fast as the socket takes it. Runs once; a call meanwhile makes it look again. */
  async #pump(): Promise<void> {
    this.#mustLook = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#mustLook) {
        this.#mustLook = false;
        while (await this.#sendNext());
      }
    } catch (error) {
      const { code, message, outcome } = toAppError(error);
      // What cannot be read now is there all the same; what the browser has lost does not come back.
      if (outcome.retry) this.#comeBack({ code, message }, false);
      else this.#fail(code, message);
    } finally {
      this.#isPumping = false;
    }
  }

  /** @returns whether there may be more to send */
  async #sendNext(): Promise<boolean> {
    const { spool, marks } = this.#options;
    const socket = this.#socket;
    if (socket === null || !this.#isReady || this.#hasSentFinish) return false;
    const offset = this.#sendOffset;
    if (offset === spool.endOffset) {
      if (this.#end !== null) this.#sendFinish(this.#end);
      return false;
    }
    if (socket.bufferedAmount >= MAX_BUFFERED_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, BUFFER_POLL_MS));
      return true;
    }
    const bytes = await spool.read(offset, Math.min(this.#maxMessageBytes, MAX_BUFFERED_BYTES));
    // While it was read, the connection may have become another one.
    if (socket !== this.#socket) return true;
    // A chunk's clock goes before its bytes: whatever the server has, it has the clock of.
    for (const { endOffset, perfMs } of marks.between(offset, offset + bytes.length)) {
      this.#send({ type: "clock", offset: endOffset, perfMs });
    }
    if (offset === this.#ackedOffset) this.#expectAnswer(STALL_MS);
    socket.send(bytes);
    this.#sendOffset = offset + bytes.length;
    return true;
  }

  #sendFinish({ sha256 }: { sha256: string | null }): void {
    this.#hasSentFinish = true;
    this.#send({ type: "finish", offset: this.#options.spool.endOffset, ...(sha256 === null ? {} : { sha256 }) });
    this.#expectAnswer(FINISH_STALL_MS);
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #expectAnswer(withinMs: number): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => this.#lost(null), withinMs);
  }

  /** @param closeCode null: nothing was heard for too long */
  #lost(closeCode: number | null): void {
    const verdict = afterClose(closeCode, this.#serverError);
    const hadOpened = this.#hasOpened;
    this.#leave();
    if (verdict.action === "fail") {
      this.#fail(verdict.code, verdict.message);
      return;
    }
    this.#comeBack(verdict.problem, verdict.action === "come back");
    if (!hadOpened) void this.#diagnose();
  }

  /** @param mayBeAtOnce the first time; else it waits, longer each time */
  #comeBack(problem: { code: string; message: string } | null, mayBeAtOnce: boolean): void {
    this.#leave();
    if (this.#phase === "finished" || this.#phase === "aborted") return;
    this.#failures += 1;
    const delayMs = mayBeAtOnce && this.#failures === 1 ? 0 : backOffMs(this.#failures);
    this.#become("waiting", problem);
    this.#retryAtMs = Date.now() + delayMs;
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs);
  }

  async #diagnose(): Promise<void> {
    const reason = (await this.#options.diagnose?.()) ?? null;
    if (reason === null || reason.outcome.retry || this.#phase === "finished" || this.#phase === "aborted") return;
    if (!this.#isReady) this.#fail(reason.code, reason.message);
  }

  #fail(code: string, message: string): void {
    this.#leave();
    this.#become("failed", { code, message });
  }

  #become(phase: UploadPhase, problem: { code: string; message: string } | null = null): void {
    this.#phase = phase;
    this.#problem = problem;
  }

  #resolve(): void {
    for (const resolve of this.#settle.splice(0)) resolve();
  }
}
