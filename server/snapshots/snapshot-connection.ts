/** One socket of snapshots, from its opening to its close; what crosses it is in lib/protocol/snapshots. */
import type { RawData, WebSocket } from "ws";
import { AppError } from "@/lib/domain/errors";
import type { SourceTime } from "@/lib/domain/snapshot-clock";
import { readJpeg } from "@/lib/media/jpeg";
import { CLOSE_COME_BACK, CLOSE_DONE, CLOSE_REPLACED, MAX_TEXT_MESSAGE_BYTES } from "@/lib/protocol/ingest";
import { type SnapshotServerMessage, snapshotClientMessage } from "@/lib/protocol/snapshots";
import type { Principal } from "@/lib/server/auth/authenticate";
import { toServerError } from "@/lib/server/database/away";
import type { FocusSession } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import type { AnalysisRequests } from "@/lib/server/snapshots/analysis-link";
import { findFocusSession } from "@/lib/server/snapshots/focus-sessions";
import { FlowGate } from "@/server/ingest/flow-gate";
import type { Ingest } from "@/server/ingest/ingest";
import type { LiveSnapshots, SnapshotListener } from "@/server/snapshots/live-snapshots";
import { ReplyBook } from "@/server/snapshots/reply-book";
import type { SnapshotDesk } from "@/server/snapshots/snapshot-desk";

/** A snapshot has two messages; 60 a second is the most that a video shows. */
const MESSAGES_PER_SECOND = 120;
/** Messages that wait for one before them; the socket is not read beyond. */
const MAX_WAITING = 16;

export interface SnapshotContext {
  services: Services;
  ingest: Ingest;
  desk: SnapshotDesk;
  analysis: AnalysisRequests;
}

interface Announcement {
  sequence: number;
  time: SourceTime;
  /** By performance.now(). */
  heardAtMs: number;
}

export class SnapshotConnection implements SnapshotListener {
  readonly #context: SnapshotContext;
  readonly #socket: WebSocket;
  readonly #gate: FlowGate;
  readonly #principal: Principal;
  readonly #replies: ReplyBook;
  #session: FocusSession | null = null;
  #live: LiveSnapshots | null = null;
  /** The source asked for a recording and has not ended it. */
  #wantsRecording = false;
  #speaksProtocol = false;
  #announced: Announcement | null = null;
  /** Snapshots that were looked at, for a source that does not count. */
  #counted = 0;
  #waiting: { data: Buffer; isBinary: boolean }[] = [];
  #isWorking = false;
  #isOver = false;
  #hasEntered = false;
  /** A recording that was begun before this socket was opened has been looked for. */
  #hasLooked = false;
  #unsubscribe = () => {};

  constructor(context: SnapshotContext, socket: WebSocket, principal: Principal) {
    this.#context = context;
    this.#socket = socket;
    this.#principal = principal;
    this.#gate = new FlowGate(socket, MESSAGES_PER_SECOND);
    this.#replies = new ReplyBook((sequence, detection) =>
      this.#send({ type: "result", sequence, detection, recording: this.#flags() }),
    );
    socket.on("message", (data: RawData, isBinary: boolean) => this.#receive(data as Buffer, isBinary));
    socket.on("close", () => this.#closed());
    socket.on("error", (error) => context.services.log.debug({ error: error.message }, "socket failed"));
    this.#isWorking = true;
  }

  /** Finds the session, and lets the source begin. Failures are told to the source. */
  async open({ sessionId, enableRecording }: { sessionId: string; enableRecording: boolean }): Promise<void> {
    const { services, ingest, desk, analysis } = this.#context;
    try {
      await ingest.enter(this.#principal.userId);
      if (this.#isOver) return ingest.leave(this.#principal.userId);
      this.#hasEntered = true;
      const session = await findFocusSession(services, this.#principal, sessionId);
      if (session.endedAt !== null) throw new AppError("conflict", "session_ended", "This session has ended.");
      this.#wantsRecording = enableRecording;
      this.#unsubscribe = analysis.onResult(sessionId, ({ sequence, detection }) => {
        desk.detections.set(sessionId, detection);
        this.#replies.settle(sequence, detection);
      });
      this.#session = session;
      this.#isWorking = false;
      void this.#work();
    } catch (error) {
      this.#fail(error);
    }
  }

  onDurable(sequence: number): void {
    if (this.#speaksProtocol) this.#send({ type: "ack", sequence });
  }

  onEnd(error: AppError): void {
    this.#live = null;
    const closeCodes: Record<string, number> = { replaced: CLOSE_REPLACED, restarting: CLOSE_COME_BACK };
    this.#fail(error, closeCodes[error.code]);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    this.#gate.countMessage();
    this.#waiting.push({ data, isBinary });
    if (this.#waiting.length > MAX_WAITING) this.#gate.hold("disk");
    void this.#work();
  }

  /** Messages one after the other: the first may have to make the recording. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#isOver) return;
        if (next.isBinary) await this.#takePicture(next.data);
        else await this.#takeText(next.data);
      }
      this.#gate.release("disk");
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWorking = false;
    }
  }

  async #takeText(data: Buffer): Promise<void> {
    if (data.length > MAX_TEXT_MESSAGE_BYTES) {
      throw new AppError("too_large", "text_too_long", "A text message is too long.");
    }
    const message = parseMessage(data.toString());
    this.#speaksProtocol = true;
    switch (message.type) {
      case "hello": {
        const live = await this.#recording();
        const { id } = this.#session as FocusSession;
        // What is being written is durable when the track was opened.
        this.#send({
          type: "ready",
          session: id,
          recordingId: live?.recordingId ?? null,
          sequence: live?.durableSequence ?? 0,
          maxFrameBytes: this.#context.services.config.SNAPSHOT_MAX_BYTES,
        });
        return;
      }
      case "frame": {
        const { sequence, capturedMs, ageMs } = message;
        this.#announced = { sequence, time: { capturedMs, ageMs }, heardAtMs: performance.now() };
        return;
      }
      case "finish": {
        const ended = await this.#context.desk.end(this.#principal, (this.#session as FocusSession).id, {
          capturedMs: message.endedMs,
          ageMs: message.ageMs,
        });
        this.#wantsRecording = false;
        this.#live = null;
        this.#send({
          type: "finished",
          recordingId: ended?.recordingId ?? null,
          frames: ended?.snapshots ?? 0,
          durationMs: ended?.durationMs ?? 0,
        });
        this.#close(CLOSE_DONE, "finished");
      }
    }
  }

  async #takePicture(jpeg: Buffer): Promise<void> {
    const announced = this.#announced;
    this.#announced = null;
    const { services, ingest, analysis } = this.#context;
    const { COMPILE_MAX_PIXELS: maxPixels, SNAPSHOT_MAX_BYTES: maxBytes } = services.config;
    this.#counted += 1;
    let sequence = announced?.sequence ?? null;
    try {
      const size = readJpeg(jpeg, { maxBytes, maxPixels });
      const live = await this.#recording();
      const taken = live?.take(jpeg, size, { sequence, time: this.#timeOf(announced) }, (track, bytes) =>
        ingest.countBytes(track, bytes),
      );
      // It was there already: it has been looked at, too.
      if (live !== null && taken === null) return;
      sequence = taken ?? sequence ?? this.#counted;
      if (live?.track?.isBehind) this.#gate.hold("disk");
    } catch (error) {
      if (!(error instanceof AppError) || !isOfPicture(error)) throw error;
      sequence ??= (this.#live?.lastSequence ?? 0) + 1;
      this.#send({
        type: "error",
        sequence,
        ...{ code: error.code, message: error.message, retry: false },
        recording: this.#flags(),
      });
      return;
    }
    const { id: sessionId } = this.#session as FocusSession;
    const capturedMs = announced?.time.capturedMs ?? Date.now();
    const isSent = analysis.send({ sessionId, sequence, capturedMs, jpeg });
    this.#replies.expect(sequence, isSent);
  }

  #timeOf(announced: Announcement | null): SourceTime | null {
    if (announced === null) return null;
    const { capturedMs, ageMs } = announced.time;
    return { capturedMs, ageMs: ageMs + performance.now() - announced.heardAtMs };
  }

  /** The recording that this socket feeds, begun when it is wanted; null: nothing is recorded. */
  async #recording(): Promise<LiveSnapshots | null> {
    const { desk } = this.#context;
    if (this.#live !== null && !this.#live.isOver && this.#live.track !== null) return this.#live;
    const session = this.#session as FocusSession;
    // It was ended by a request while this socket stayed open: only another request begins one.
    if (this.#live?.isOver) this.#wantsRecording = false;
    this.#live = null;
    const live = this.#wantsRecording
      ? await desk.begin(this.#principal, session, {})
      : this.#hasLooked
        ? await desk.known(session.id)
        : await desk.running(this.#principal, session.id);
    this.#hasLooked = true;
    if (live === null || this.#isOver) return null;
    await desk.attach(this.#principal, live, this);
    if (this.#isOver) {
      live.detach(this);
      return null;
    }
    this.#live = live;
    return live;
  }

  #flags() {
    const active = this.#live !== null && !this.#live.isOver;
    return { enabled: this.#wantsRecording || active, active };
  }

  #closed(): void {
    this.#isOver = true;
    this.#gate.close();
    this.#replies.close();
    this.#unsubscribe();
    if (this.#hasEntered) this.#context.ingest.leave(this.#principal.userId);
    this.#live?.detach(this);
    this.#live = null;
  }

  #fail(thrown: unknown, closeCode?: number): void {
    if (this.#isOver) return;
    const error = toServerError(thrown);
    const level = error.kind === "internal" ? "error" : "info";
    const facts = { sessionId: this.#session?.id, code: error.code, error: error.cause };
    this.#context.services.log[level](facts, "socket of snapshots refused");
    const { code, message } = error;
    this.#send({ type: "error", code, message, retry: error.outcome.retry, recording: this.#flags() });
    this.#close(closeCode ?? error.outcome.closeCode, code);
  }

  #send(message: SnapshotServerMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #close(code: number, reason: string): void {
    this.#isOver = true;
    this.#gate.release("disk");
    this.#socket.close(code, reason);
  }
}

/** What is wrong with one picture ends nothing. */
function isOfPicture({ code }: AppError): boolean {
  return code === "not_jpeg" || code.startsWith("jpeg_") || code === "snapshot_too_large";
}

function parseMessage(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AppError("invalid", "not_json", "A text message is not JSON.");
  }
  const parsed = snapshotClientMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid", "unknown_message", "A text message is none that this server knows.", {
    detail: parsed.error.message.slice(0, 500),
  });
}
