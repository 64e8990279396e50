/**
 * Pushes one stream on to one address, as it comes: connects, begins at a key frame, leaves pictures out when the other side
 * is slow, and connects again after a failure. Nothing of it touches the stream or its recording.
 */
import { backOff } from "@/lib/domain/back-off";
import { type AppError, toAppError } from "@/lib/domain/errors";
import { readRelayAddress } from "@/lib/domain/relay-address";
import { TAG } from "@/lib/media/flv/flv-file";
import type { AmfValue } from "@/lib/media/rtmp/amf-value";
import type { RELAY_STATES, RelayResource } from "@/lib/protocol/relays";
import type { RelayTarget } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import { openRelayKey } from "@/lib/server/streams/relay-targets";
import { hasPicture, isConfig, isKeyframe, type MediaMessage } from "@/server/rtmp/media-message";
import type { RelayChain } from "@/server/rtmp/relay-chain";
import { RtmpPublisher } from "@/server/rtmp/rtmp-publisher";

/** What waits to be sent at most: eight seconds of 4 Mbit/s. */
const MAX_UNSENT_BYTES = 4 * 1024 ** 2;
/** What was left out goes on, at a key frame, once there is so little. */
const RESUME_UNSENT_BYTES = 1024 ** 2;
const BACK_OFF = { firstMs: 1000, longestMs: 60_000 };
/** A connection that has held for so long has worked. */
const SETTLED_MS = 60_000;

/** The stream, as far as a relay asks it. */
export interface RelayedStream {
  /** What a decoder needs first, of picture and sound. */
  configs(): MediaMessage[];
  /** Keys that it has come by, its own the last. */
  chain: RelayChain;
  /** What the encoder says of it. */
  metadata(): (readonly [string, AmfValue])[];
}

export class Relay {
  target: RelayTarget;
  readonly #services: Pick<Services, "log" | "outbound" | "sealer">;
  readonly #stream: RelayedStream;
  #state: (typeof RELAY_STATES)[number] = "connecting";
  #publisher: RtmpPublisher | null = null;
  /** Whether messages are sent; else a key frame is waited for. */
  #isFlowing = false;
  /** Stream time of the first message on this connection. */
  #baseMs: number | null = null;
  #openedAtMs = 0;
  #failures = 0;
  #failure: AppError | null = null;
  #retry: NodeJS.Timeout | undefined;
  #retryAt: Date | null = null;
  #sentBytes = 0;
  #droppedFrames = 0;
  #isClosed = false;

  constructor(services: Pick<Services, "log" | "outbound" | "sealer">, target: RelayTarget, stream: RelayedStream) {
    this.#services = services;
    this.target = target;
    this.#stream = stream;
    this.#connect();
  }

  describe(): RelayResource {
    return {
      targetId: this.target.id,
      name: this.target.name,
      state: this.#state,
      message: this.#failure?.message ?? null,
      retryAt: this.#retryAt?.toISOString() ?? null,
      sentBytes: this.#sentBytes,
      droppedFrames: this.#droppedFrames,
    };
  }

  /** Takes the next message; never throws. */
  take(message: MediaMessage): void {
    const publisher = this.#publisher;
    if (this.#state !== "live" || publisher === null) return;
    if (!this.#isFlowing) {
      if (!this.#canBegin(message) || publisher.unsentBytes > RESUME_UNSENT_BYTES) {
        // Before the first key frame nothing is missed: nobody has seen anything of it yet.
        if (this.#baseMs !== null) this.#drop(message);
        return;
      }
      this.#begin(publisher, message);
    } else if (publisher.unsentBytes + message.length > MAX_UNSENT_BYTES) {
      this.#isFlowing = false;
      this.#drop(message);
      return;
    }
    this.#send(publisher, message);
  }

  /** Ends it; the other side is told. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#publisher?.close();
    this.#publisher = null;
  }

  #canBegin(message: MediaMessage): boolean {
    if (isConfig(message)) return false;
    return hasPicture(this.#stream.configs()) ? isKeyframe(message) : message.type === TAG.audio || isKeyframe(message);
  }

  #begin(publisher: RtmpPublisher, { timestampMs }: MediaMessage): void {
    this.#isFlowing = true;
    if (this.#baseMs === null) {
      this.#baseMs = timestampMs;
      publisher.sendMetadata(this.#stream.metadata());
    }
    for (const config of this.#stream.configs()) this.#send(publisher, { ...config, timestampMs });
  }

  #send(publisher: RtmpPublisher, { type, timestampMs, parts, length }: MediaMessage): void {
    if (type === TAG.script) return;
    publisher.send(type, Math.max(0, timestampMs - (this.#baseMs ?? timestampMs)), parts);
    this.#sentBytes += length;
  }

  #drop({ type }: MediaMessage): void {
    if (type === TAG.video) this.#droppedFrames += 1;
  }

  #connect(): void {
    this.#state = "connecting";
    this.#retryAt = null;
    this.#isFlowing = false;
    this.#baseMs = null;
    try {
      const address = readRelayAddress(this.target.server);
      if (address === null) throw new Error(`kept as a relay target: ${this.target.server}`);
      const key = openRelayKey(this.#services, this.target);
      this.#publisher = new RtmpPublisher(this.#services.outbound, address, key, this.#stream.chain, {
        onOpen: () => this.#opened(),
        onEnd: (error) => this.#failed(error),
      });
    } catch (error) {
      this.#failed(toAppError(error));
    }
  }

  #opened(): void {
    this.#state = "live";
    this.#failure = null;
    this.#openedAtMs = performance.now();
    this.#services.log.info({ targetId: this.target.id }, "stream is pushed on");
  }

  #failed(error: AppError): void {
    this.#publisher = null;
    if (this.#isClosed) return;
    const hadSettled = this.#state === "live" && performance.now() - this.#openedAtMs > SETTLED_MS;
    this.#failures = hadSettled ? 1 : this.#failures + 1;
    const waitMs = backOff(this.#failures, BACK_OFF);
    this.#state = "waiting";
    this.#failure = error;
    this.#retryAt = new Date(Date.now() + waitMs);
    this.#services.log[error.kind === "internal" ? "error" : "info"](
      { targetId: this.target.id, code: error.code, detail: error.detail, error: error.cause, waitMs },
      "stream is not pushed on for now",
    );
    this.#retry = setTimeout(() => this.#connect(), waitMs);
  }
}
