/** All streams that are being published to this process: who may publish, who is replaced, and whose encoder is awaited. */
import { AppError } from "@/lib/domain/errors";
import { whenDatabaseIsBack } from "@/lib/server/database/away";
import type { StreamKey } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import { findStreamKey } from "@/lib/server/streams/stream-keys";
import { endAwaited, recoverStreams } from "@/lib/server/streams/stream-recordings";
import type { Ingest } from "@/server/ingest/ingest";
import { type Encoder, LiveStream } from "@/server/rtmp/live-stream";
import { withKey } from "@/server/rtmp/relay-chain";

/** Longest time a timer can be set for at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Streams {
  readonly #services: Services;
  readonly #ingest: Ingest;
  readonly #streams = new Map<string, LiveStream>();
  /** By recording. */
  readonly #awaited = new Map<string, NodeJS.Timeout>();
  /** Streams whose recording is being completed. */
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor(services: Services, ingest: Ingest) {
    this.#services = services;
    this.#ingest = ingest;
  }

  /** What a crash has left: recordings that wait for their encoder. */
  async recover(): Promise<void> {
    for (const { recordingId, until } of await recoverStreams(this.#services)) this.#await(recordingId, until);
  }

  get all(): LiveStream[] {
    return [...this.#streams.values()];
  }

  /** Those of a user. */
  of(userId: string): LiveStream[] {
    return this.all.filter(({ key }) => key.userId === userId);
  }

  /** @throws {AppError} not_found also for a stream of another */
  find(userId: string, id: string): LiveStream {
    const found = this.of(userId).find((stream) => stream.id === id);
    if (found === undefined) throw new AppError("not_found", "stream_not_found", "There is no such stream.");
    return found;
  }

  /**
   * Lets an encoder publish.
   *
   * @throws {AppError} unauthenticated when the key is none; conflict while another publishes with it; rate_limited;
   *   storage_full
   */
  async publish(app: string, secret: string, encoder: Encoder): Promise<LiveStream> {
    const { config, log, database } = this.#services;
    const key = await findStreamKey(this.#services, app, secret);
    if (key === null) throw new AppError("unauthenticated", "bad_stream_key", "There is no such stream key.");
    // Before it takes over from the stream that it is itself.
    const chain = withKey(encoder.chain, key.id);
    const running = this.all.filter((stream) => stream.key.id === key.id);
    if (running.length > 0 && config.RTMP_DUPLICATES === "refuse") {
      throw new AppError("conflict", "already_publishing", "A stream is being published with this key already.");
    }
    for (const stream of running) {
      stream.end("NetStream.Unpublish.Replaced", "Another encoder publishes with this key now.");
      await this.end(stream, "gone");
    }
    if (this.of(key.userId).length >= config.RTMP_MAX_PUBLISHERS_PER_USER) {
      throw new AppError("rate_limited", "too_many_streams", "Too many streams are published for this account.");
    }
    if (this.#isClosed) throw new AppError("unavailable", "restarting", "The server is restarting.");
    await this.#ingest.enter(key.userId);
    const context = {
      services: this.#services,
      ingest: this.#ingest,
      chain,
      onAwaited: (recordingId: string, until: Date, of: LiveStream) => this.#await(recordingId, until, of),
    };
    const stream = new LiveStream(context, key, encoder);
    this.#streams.set(stream.id, stream);
    if (config.RTMP_RECORD === "all" || (config.RTMP_RECORD === "keys" && key.record)) stream.recorder.start();
    log.info({ streamId: stream.id, keyId: key.id, app, userId: key.userId }, "stream begun");
    void database.streamKey
      .updateMany({ where: { id: key.id }, data: { lastPublishedAt: new Date() } })
      .catch((error) => log.warn({ keyId: key.id, error: String(error) }, "the use of a stream key was not noted"));
    return stream;
  }

  /** @param why `left`: it said goodbye; `gone`: its connection is no more */
  async end(stream: LiveStream, why: "left" | "gone" | "restarting"): Promise<void> {
    if (!this.#streams.delete(stream.id)) return;
    const { log } = this.#services;
    stream.relays.close();
    const { receivedBytes } = stream.describe();
    log.info({ streamId: stream.id, keyId: stream.key.id, why, receivedBytes }, "stream ended");
    const ending = stream.recorder
      .stop(why)
      .catch((error) => log.error({ streamId: stream.id, error: String(error) }, "a stream's recording was not ended"))
      .finally(() => this.#ingest.leave(stream.key.userId));
    this.#ending.add(ending);
    await ending;
    this.#ending.delete(ending);
  }

  /** Ends what is published with a key that no longer works. */
  async endKey(key: Pick<StreamKey, "id">): Promise<void> {
    for (const stream of this.all) {
      if (stream.key.id !== key.id) continue;
      stream.end("NetStream.Publish.Denied", "The stream key no longer works.");
      await this.end(stream, "left");
    }
  }

  /** What of a key was changed counts for what is being published with it, too. */
  changeKey(key: StreamKey): void {
    for (const stream of this.all) if (stream.key.id === key.id) stream.key = key;
    this.endExpired();
  }

  /** Where a key's streams are pushed on to has changed. */
  async reloadRelays(keyId: string): Promise<void> {
    await Promise.all(this.all.filter(({ key }) => key.id === keyId).map(({ relays }) => relays.reload()));
  }

  /** Ends streams whose key has expired meanwhile. */
  endExpired(now = Date.now()): void {
    for (const stream of this.all) {
      const { expiresAt } = stream.key;
      if (expiresAt === null || expiresAt.getTime() > now) continue;
      stream.end("NetStream.Publish.Denied", "The stream key has expired.");
      void this.end(stream, "left");
    }
  }

  /** Completes every file; the encoders may come back to the next process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#awaited.values()) clearTimeout(timer);
    this.#awaited.clear();
    await Promise.all([...this.all.map((stream) => this.end(stream, "restarting")), ...this.#ending]);
  }

  #await(recordingId: string, until: Date, stream?: LiveStream): void {
    if (this.#isClosed) return;
    clearTimeout(this.#awaited.get(recordingId));
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, until.getTime() - Date.now()) + 10);
    const look = async () => {
      this.#awaited.delete(recordingId);
      const later = await whenDatabaseIsBack(() => endAwaited(this.#services, recordingId));
      if (later !== null) this.#await(recordingId, later, stream);
      else stream?.recorder.forget(recordingId);
    };
    const timer = setTimeout(() => {
      // What cannot be ended now is by the worker, which looks at the same rows.
      void look().catch((error) => this.#services.log.error({ recordingId, error }, "recording was not ended"));
    }, waitMs);
    this.#awaited.set(recordingId, timer);
  }
}
