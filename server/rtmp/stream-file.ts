/** One FLV file of a stream: a track of a take, from its head to the head that is written over it when it is complete. */
import { AppError } from "@/lib/domain/errors";
import { streamFilename } from "@/lib/domain/names";
import { type FlvFacts, FlvFile } from "@/lib/media/flv/flv-file";
import type { StreamKey } from "@/lib/server/database/client";
import type { StreamTake } from "@/lib/server/streams/stream-recordings";
import type { Ingest } from "@/server/ingest/ingest";
import type { LiveTrack, TrackListener } from "@/server/ingest/live-track";
import { isKeyframe, type MediaMessage } from "@/server/rtmp/media-message";

export class StreamFile {
  readonly recordingId: string;
  readonly #ingest: Ingest;
  readonly #track: LiveTrack;
  readonly #flv: FlvFile;
  /** What the file's time is counted from. */
  readonly fromMs: number;

  private constructor(ingest: Ingest, { recordingId }: StreamTake, track: LiveTrack, flv: FlvFile, fromMs: number) {
    this.recordingId = recordingId;
    this.#ingest = ingest;
    this.#track = track;
    this.#flv = flv;
    this.fromMs = fromMs;
  }

  /**
   * Opens the file and writes its head.
   *
   * @param fromMs stream time of its first message
   * @param startedAtMs when that was, milliseconds since the epoch
   * @param facts asked again when the file is complete
   * @throws {AppError} when disk or database do not take it
   */
  static async open(
    ingest: Ingest,
    key: StreamKey,
    take: StreamTake,
    { fromMs, startedAtMs, facts, listener }: FileStart,
  ): Promise<StreamFile> {
    const flv = new FlvFile();
    const track = await ingest.openTrack({ ...take, kind: "video" }, key.userId, undefined, {
      filename: streamFilename(key.app, key.name, new Date(startedAtMs)),
      mimeType: "video/x-flv",
      startedAtMs,
      isFollowable: true,
      finishedHead: () => flv.head(facts(), true),
    });
    // The encoder's going is told by its connection, not by a silent track.
    track.speaksProtocol = true;
    track.attach(listener, replaced());
    track.append(0, [flv.head(facts(), false)]);
    return new StreamFile(ingest, take, track, flv, fromMs);
  }

  get sizeBytes(): number {
    return this.#flv.sizeBytes;
  }

  /** The disk does not keep up: the encoder is to be held back. */
  get isBehind(): boolean {
    return this.#track.isBehind;
  }

  get hasCaughtUp(): boolean {
    return this.#track.hasCaughtUp;
  }

  /** @throws {AppError} storage_full, too_large; what the disk said last */
  write(message: MediaMessage): void {
    const { type, timestampMs, parts, length } = message;
    const buffers = this.#flv.tag(type, Math.max(0, timestampMs - this.fromMs), parts, length, isKeyframe(message));
    this.#ingest.countBytes(this.#track, length);
    this.#track.append(this.#track.endOffset, buffers);
  }

  /** Completes it. @throws {AppError} when that cannot be made durable; what was durable stays */
  async finish(listener: TrackListener): Promise<void> {
    this.#track.detach(listener);
    await this.#ingest.closeTrack(this.#track);
  }
}

export interface FileStart {
  fromMs: number;
  startedAtMs: number;
  facts: () => FlvFacts;
  listener: TrackListener;
}

function replaced() {
  return new AppError("conflict", "replaced", "This track is being written by another stream.");
}
