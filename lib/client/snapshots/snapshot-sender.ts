/**
 * Sends snapshots over a socket and keeps each until the server has acknowledged it. After a connection that broke it goes
 * on where it was. What is kept is bounded; beyond that no new ones are taken, and the last stands.
 */
import { steadyNowMs, type TakenPicture } from "@/lib/client/snapshots/picture-taker";
import { backOffMs } from "@/lib/client/upload/back-off";
import { AppError, type ErrorKind, OUTCOMES } from "@/lib/domain/errors";
import { CLOSE_COME_BACK } from "@/lib/protocol/ingest";
import type { Detection, SnapshotServerMessage } from "@/lib/protocol/snapshots";

export interface SenderState {
  phase: "connecting" | "sending" | "waiting" | "finishing" | "finished" | "failed";
  taken: number;
  /** Of those, how many the server has for good. */
  safe: number;
  keptBytes: number;
  recordingId: string | null;
  detection: Detection | null;
  problem: AppError | null;
}

interface Kept extends TakenPicture {
  sequence: number;
}

/** Ten minutes at a hundred kilobytes a second. */
const MAX_KEPT_BYTES = 64 * 1024 ** 2;
/** More than this on its way: the network is slower than the pictures. */
const MAX_BUFFERED_BYTES = 1024 ** 2;
const PUMP_MS = 100;

export class SnapshotSender {
  readonly #url: string;
  readonly #onState: (state: SenderState) => void;
  #state: SenderState = {
    phase: "connecting",
    taken: 0,
    safe: 0,
    keptBytes: 0,
    recordingId: null,
    detection: null,
    problem: null,
  };
  #kept: Kept[] = [];
  /** How many of the kept ones were sent over this connection. */
  #sent = 0;
  #socket: WebSocket | null = null;
  #isReady = false;
  #failures = 0;
  #endedMs: number | null = null;
  #isFinishSent = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #pump: ReturnType<typeof setInterval>;

  constructor(url: string, onState: (state: SenderState) => void) {
    this.#url = url;
    this.#onState = onState;
    this.#pump = setInterval(() => this.#send(), PUMP_MS);
    this.#connect();
  }

  /** Takes over a picture. @returns false when there is no room for it */
  add(picture: TakenPicture): boolean {
    if (this.#endedMs !== null || this.#state.keptBytes + picture.jpeg.size > MAX_KEPT_BYTES) return false;
    const sequence = this.#state.taken + 1;
    this.#kept.push({ ...picture, sequence });
    this.#tell({ taken: sequence, keptBytes: this.#state.keptBytes + picture.jpeg.size });
    this.#send();
    return true;
  }

  /** The recording ends now; what is kept is still sent. */
  finish(): void {
    this.#endedMs ??= steadyNowMs();
    this.#tell({ phase: this.#isReady ? "finishing" : this.#state.phase });
    this.#send();
  }

  /** Lets go without a word; the session stays. */
  close(): void {
    clearInterval(this.#pump);
    if (this.#timer !== null) clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello" }));
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(JSON.parse(String(data)) as SnapshotServerMessage);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#isReady = false;
      this.#isFinishSent = false;
      if (this.#state.phase === "finished") return;
      const kind = (Object.keys(OUTCOMES) as ErrorKind[]).find((each) => OUTCOMES[each].closeCode === code);
      if (code !== CLOSE_COME_BACK && kind !== undefined && !OUTCOMES[kind].retry) return this.#fail(kind);
      this.#failures += 1;
      this.#tell({ phase: "waiting" });
      this.#timer = setTimeout(() => this.#connect(), backOffMs(this.#failures));
    };
  }

  #hear(message: SnapshotServerMessage): void {
    switch (message.type) {
      case "ready":
        this.#failures = 0;
        this.#isReady = true;
        this.#sent = 0;
        this.#forget(message.sequence);
        this.#tell({ phase: this.#endedMs === null ? "sending" : "finishing", recordingId: message.recordingId });
        this.#send();
        return;
      case "ack":
        this.#forget(message.sequence);
        return;
      case "result":
        if (message.detection !== null) this.#tell({ detection: message.detection as unknown as Detection });
        return;
      case "error":
        if (message.sequence !== undefined) this.#drop(message.sequence);
        else this.#tell({ problem: new AppError("conflict", message.code, message.message) });
        return;
      case "finished":
        this.#kept = [];
        this.#tell({ phase: "finished", keptBytes: 0, safe: this.#state.taken, recordingId: message.recordingId });
        this.close();
    }
  }

  #send(): void {
    const socket = this.#socket;
    if (socket === null || !this.#isReady || socket.readyState !== WebSocket.OPEN) return;
    for (let next = this.#kept[this.#sent]; next !== undefined; next = this.#kept[this.#sent]) {
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
      const { sequence, capturedMs, jpeg } = next;
      const ageMs = Math.max(0, steadyNowMs() - capturedMs);
      socket.send(JSON.stringify({ type: "frame", sequence, capturedMs, ageMs }));
      socket.send(jpeg);
      this.#sent += 1;
    }
    if (this.#endedMs === null || this.#isFinishSent) return;
    this.#isFinishSent = true;
    const ageMs = Math.max(0, steadyNowMs() - this.#endedMs);
    socket.send(JSON.stringify({ type: "finish", endedMs: this.#endedMs, ageMs }));
  }

  #forget(sequence: number): void {
    const safe = this.#kept.filter((each) => each.sequence <= sequence);
    this.#kept = this.#kept.slice(safe.length);
    this.#sent = Math.max(0, this.#sent - safe.length);
    const bytes = safe.reduce((sum, { jpeg }) => sum + jpeg.size, 0);
    this.#tell({ safe: Math.max(this.#state.safe, sequence), keptBytes: this.#state.keptBytes - bytes });
  }

  /** The server wants it as little the next time. */
  #drop(sequence: number): void {
    const index = this.#kept.findIndex((each) => each.sequence === sequence);
    if (index < 0) return;
    const [dropped] = this.#kept.splice(index, 1);
    if (index < this.#sent) this.#sent -= 1;
    this.#tell({ keptBytes: this.#state.keptBytes - (dropped?.jpeg.size ?? 0) });
  }

  #fail(kind: ErrorKind): void {
    const problem = this.#state.problem ?? new AppError(kind, "refused", "The server does not take this recording.");
    this.#tell({ phase: "failed", problem });
    this.close();
  }

  #tell(change: Partial<SenderState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}
