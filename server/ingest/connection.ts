/**
 * One recording socket, from its opening to its close: version 1 of the protocol in lib/protocol/ingest, and service
 * for sources that only send bytes.
 */
import type { RawData, WebSocket } from "ws";
import { AppError } from "@/lib/domain/errors";
import type { TrackKind } from "@/lib/domain/recording-state";
import {
  CLOSE_COME_BACK,
  CLOSE_DONE,
  CLOSE_REPLACED,
  type ClientMessage,
  clientMessage,
  MAX_TEXT_MESSAGE_BYTES,
  type ServerMessage,
} from "@/lib/protocol/ingest";
import type { Principal } from "@/lib/server/auth/authenticate";
import { toServerError } from "@/lib/server/database/away";
import type { Services } from "@/lib/server/services";
import type { HeldBytes } from "@/lib/server/storage/track-writer";
import { FlowGate } from "@/server/ingest/flow-gate";
import type { ImplicitSessions } from "@/server/ingest/implicit-sessions";
import { findTrack, type Ingest } from "@/server/ingest/ingest";
import { type LiveTrack, type TrackKey, type TrackListener, trackFinished } from "@/server/ingest/live-track";

/** What the upgrade request said. */
export interface ConnectionRequest {
  principal: Principal;
  kind: TrackKind;
  /** null: the source names none */
  recordingId: string | null;
  take: number | null;
  /** What the source can send again; undefined: it does not say. */
  held?: HeldBytes | undefined;
  address: string;
}

const REPLACED = new AppError("conflict", "replaced", "This track is being sent over another connection.");

export class IngestConnection implements TrackListener {
  readonly #services: Services;
  readonly #ingest: Ingest;
  readonly #socket: WebSocket;
  readonly #gate: FlowGate;
  readonly #principal: Principal;
  #track: LiveTrack | null = null;
  /** Where the next binary message belongs, in bytes of the track. */
  #position = 0;
  #browser = "other";
  #hasEntered = false;
  #isOver = false;
  #isFinishing = false;
  /** The finish that is on its way. */
  #finishing: Promise<void> = Promise.resolve();
  /** A track that is complete already: all that is left is to say so. */
  #finished: { recordingId: string; sizeBytes: number; sha256: string | null } | null = null;

  constructor({ services, ingest }: { services: Services; ingest: Ingest }, socket: WebSocket, principal: Principal) {
    this.#services = services;
    this.#ingest = ingest;
    this.#socket = socket;
    this.#principal = principal;
    this.#gate = new FlowGate(socket, services.config.MAX_MESSAGES_PER_SECOND);
    // Bytes come as the pieces they were read in, not copied together. (Text always comes as one buffer.)
    socket.binaryType = "fragments";
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("close", () => void this.#closed());
    socket.on("error", (error) => services.log.debug({ error: error.message }, "socket failed"));
    this.#gate.hold("opening");
  }

  /** Finds the track and lets the source begin. Failures are told to the source. */
  async open(request: ConnectionRequest, sessions: ImplicitSessions): Promise<void> {
    try {
      const { principal, kind, address } = request;
      await this.#ingest.enter(principal.userId);
      if (this.#isOver) return this.#ingest.leave(principal.userId);
      this.#hasEntered = true;
      const recordingId = request.recordingId ?? (await sessions.recordingFor(principal, address, kind));
      const key: TrackKey = { recordingId, kind, take: request.take ?? 1 };
      const recording = await this.#ingest.admit(principal, key);
      // The tracks of other sources are written in other ways.
      if (recording.source !== "browser") throw new AppError("conflict", "other_source", "It has another source.");
      // A source that has gone meanwhile opens nothing: its recording may have been ended, and would begin again.
      if (this.#isOver) return;
      const row = findTrack(recording, key);
      if (row?.finishedAt != null) {
        this.#finished = { recordingId, sizeBytes: Number(row.sizeBytes), sha256: row.sha256 };
        this.#position = this.#finished.sizeBytes;
      } else {
        const track = await this.#ingest.openTrack(key, principal.userId, request.held);
        if (this.#isOver) return;
        // Who announced tracks says when each is done; a connection that breaks before its first word does not.
        track.speaksProtocol ||= recording.expectedTracks !== "";
        track.attach(this, REPLACED);
        this.#track = track;
        this.#position = await track.flush();
      }
      this.#send({
        type: "ready",
        session: recordingId,
        take: key.take,
        offset: this.#position,
        maxMessageBytes: this.#services.config.MAX_MESSAGE_BYTES,
      });
      this.#gate.release("opening");
    } catch (error) {
      this.#fail(error);
    }
  }

  onDurable(offset: number): void {
    this.#send({ type: "ack", offset });
    if (this.#track?.hasCaughtUp) this.#gate.release("disk");
  }

  onEnd(error: AppError): void {
    this.#track = null;
    const closeCode =
      error === REPLACED ? CLOSE_REPLACED : error.code === "restarting" ? CLOSE_COME_BACK : error.outcome.closeCode;
    this.#fail(error, closeCode);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    this.#gate.countMessage();
    try {
      if (isBinary) this.#receiveBytes(data as Buffer[]);
      else this.#receiveText(data as Buffer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #receiveBytes(buffers: Buffer[]): void {
    const track = this.#track;
    if (track === null || this.#isFinishing) throw trackFinished();
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.length;
    this.#ingest.countBytes(track, bytes);
    track.append(this.#position, buffers);
    this.#position += bytes;
    if (!track.speaksProtocol) track.noteClock(this.#position, performance.now(), "server", this.#browser);
    if (track.isBehind) this.#gate.hold("disk");
  }

  #receiveText(text: Buffer): void {
    if (text.length > MAX_TEXT_MESSAGE_BYTES) {
      throw new AppError("too_large", "text_too_long", "A text message is too long.");
    }
    const message = parseMessage(text.toString());
    if (this.#track !== null) this.#track.speaksProtocol = true;
    switch (message.type) {
      case "start": {
        this.#browser = message.browser;
        const track = this.#track;
        // Facts for display: a database that is away does not stop the recording.
        void track
          ?.describe(message)
          .catch((error) => this.#services.log.warn({ ...track.key, error }, "start not noted"));
        return;
      }
      case "clock":
        this.#track?.noteClock(message.offset, message.perfMs, "page", this.#browser);
        return;
      case "finish":
        if (this.#isFinishing) return;
        this.#isFinishing = true;
        this.#finishing = this.#finish(message).catch((error) => this.#fail(error));
    }
  }

  async #finish({ offset, sha256 }: Extract<ClientMessage, { type: "finish" }>): Promise<void> {
    const track = this.#track;
    if (track === null) return this.#finishAgain(offset, sha256);
    const digest = await this.#ingest.finishTrack(track, { offset, sha256 });
    this.#track = null;
    this.#send({ type: "finished", offset, sha256: digest });
    this.#close(CLOSE_DONE, "finished");
  }

  /** A source that did not hear `finished` asks again. */
  async #finishAgain(offset: number, sha256: string | undefined): Promise<void> {
    if (this.#finished === null) return;
    if (this.#finished.sizeBytes !== offset || (sha256 !== undefined && this.#finished.sha256 !== sha256)) {
      throw new AppError("conflict", "offset_mismatch", "The track was finished with other bytes.", {
        facts: { expectedOffset: this.#finished.sizeBytes },
      });
    }
    // The process that finished it may have ended before it could end the recording.
    await this.#ingest.endWhenComplete(this.#finished.recordingId);
    this.#send({ type: "finished", offset, sha256: this.#finished.sha256 });
    this.#close(CLOSE_DONE, "finished");
  }

  async #closed(): Promise<void> {
    this.#isOver = true;
    this.#gate.close();
    if (this.#hasEntered) this.#ingest.leave(this.#principal.userId);
    await this.#finishing;
    const track = this.#track;
    this.#track = null;
    if (track === null || !track.detach(this)) return;
    try {
      // A source that only sends bytes has no other way to say that it is done.
      if (!track.speaksProtocol) await this.#ingest.finishTrack(track);
      else await track.flush();
    } catch (error) {
      this.#services.log.error({ ...track.key, error }, "track was not finished at the end of its connection");
    }
  }

  #fail(thrown: unknown, closeCode?: number): void {
    if (this.#isOver) return;
    const error = toServerError(thrown);
    const { log } = this.#services;
    const level = error.kind === "internal" ? "error" : "info";
    log[level]({ ...this.#track?.key, code: error.code, error: error.cause }, "recording socket refused");
    const expectedOffset = error.facts.expectedOffset;
    this.#send({
      type: "error",
      code: error.code,
      message: error.message,
      retry: error.outcome.retry,
      ...(typeof expectedOffset === "number" ? { expectedOffset } : {}),
    });
    this.#close(closeCode ?? error.outcome.closeCode, error.code);
  }

  #send(message: ServerMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #close(code: number, reason: string): void {
    this.#isOver = true;
    // A paused socket would not see the other side's close.
    this.#gate.release("opening");
    this.#gate.release("disk");
    this.#socket.close(code, reason);
  }
}

function parseMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AppError("invalid", "not_json", "A text message is not JSON.");
  }
  const parsed = clientMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid", "unknown_message", "A text message is none that this server knows.", {
    detail: parsed.error.message.slice(0, 500),
  });
}
