/** A stream that is being published: what is known of it, its recorder, and where it is pushed on to. */
import { randomUUID } from "node:crypto";
import { pictureSizeOfAvc, readAacConfig } from "@/lib/media/flv/codec-config";
import { type FlvFacts, TAG, type TagType } from "@/lib/media/flv/flv-file";
import { PACKET_HEAD_BYTES, readAudioHead, readVideoHead } from "@/lib/media/flv/media-packet";
import type { AmfObject, AmfValue } from "@/lib/media/rtmp/amf-value";
import { StreamClock } from "@/lib/media/rtmp/stream-clock";
import type { StreamResource } from "@/lib/protocol/streams";
import type { StreamKey } from "@/lib/server/database/client";
import { isWatchable } from "@/lib/server/recordings/describe";
import type { Services } from "@/lib/server/services";
import type { Ingest } from "@/server/ingest/ingest";
import { type MediaMessage, startOf } from "@/server/rtmp/media-message";
import type { RelayChain } from "@/server/rtmp/relay-chain";
import { Relays } from "@/server/rtmp/relays";
import { StreamRecorder } from "@/server/rtmp/stream-recorder";

/** The connection that feeds a stream. */
export interface Encoder {
  /** What it calls itself. */
  readonly name: string | null;
  /** Keys that the stream has come by before this one. */
  readonly chain: RelayChain;
  /** Read no more for now, or again. */
  hold(): void;
  release(): void;
  /** Ends the connection, with a sentence for whoever looks at the encoder. */
  end(code: string, description: string): void;
}

interface Sample {
  atMs: number;
  bytes: number;
  frames: number;
}

const SAMPLE_MS = 1000;
/** Encoders say some twenty things of a stream. */
const MAX_RELAYED_ENTRIES = 100;
/** Rates are those of the last seconds. */
const SAMPLES = 5;

export class LiveStream {
  readonly id = randomUUID();
  key: StreamKey;
  readonly recorder: StreamRecorder;
  readonly relays: Relays;
  readonly startedAt = new Date();
  readonly #services: Services;
  readonly #encoder: Encoder;
  readonly #clock = new StreamClock();
  readonly #configs = new Map<TagType, MediaMessage>();
  #metadata: AmfObject = {};
  #receivedBytes = 0;
  #frames = 0;
  #samples: Sample[] = [{ atMs: performance.now(), bytes: 0, frames: 0 }];
  #videoCodec: string | null = null;
  #audioCodec: string | null = null;
  #videoId: number | null = null;
  #audioId: number | null = null;
  #size: { width: number; height: number } | null = null;
  #sound: { sampleRate: number; channels: number } | null = null;

  constructor({ services, ingest, chain, onAwaited }: StreamContext, key: StreamKey, encoder: Encoder) {
    this.key = key;
    this.#services = services;
    this.#encoder = encoder;
    const configs = () => [...this.#configs.values()];
    this.relays = new Relays(services, key.id, { configs, chain, metadata: () => plainEntries(this.#metadata) });
    this.recorder = new StreamRecorder(services, ingest, key, {
      configs,
      facts: () => this.facts,
      hold: () => encoder.hold(),
      release: () => encoder.release(),
      onAwaited: (recordingId, until) => onAwaited(recordingId, until, this),
    });
  }

  /** What onMetaData of its files says. */
  get facts(): FlvFacts {
    return {
      width: this.#size?.width ?? whole(this.#metadata.width),
      height: this.#size?.height ?? whole(this.#metadata.height),
      frameRate: typeof this.#metadata.framerate === "number" ? this.#metadata.framerate : null,
      videoCodecId: this.#videoId,
      audioCodecId: this.#audioId,
      audioSampleRate: this.#sound?.sampleRate ?? whole(this.#metadata.audiosamplerate),
      audioChannels: this.#sound?.channels ?? null,
    };
  }

  /** @param values of a data message; only the encoder's metadata means anything here */
  takeData(values: readonly AmfValue[]): void {
    const found = values[0] === "@setDataFrame" ? values[2] : values[0] === "onMetaData" ? values[1] : undefined;
    if (found !== null && typeof found === "object" && !Array.isArray(found)) this.#metadata = found;
  }

  /** Takes sound or picture. */
  takeMedia(type: TagType, field: number, parts: Buffer[], length: number): void {
    if (length === 0) return;
    const now = performance.now();
    const start = startOf(parts, PACKET_HEAD_BYTES);
    const video = type === TAG.video ? readVideoHead(start) : null;
    const audio = type === TAG.audio ? readAudioHead(start) : null;
    const message: MediaMessage = { type, timestampMs: this.#clock.at(field, now), parts, length, video, audio };
    this.#count(message, now);
    this.recorder.take(message);
    this.relays.take(message);
    if (video?.kind === "config" || audio?.kind === "config") this.#keepConfig(message);
    if (video !== null) {
      this.#videoCodec = video.codec;
      this.#videoId = video.isEnhanced ? start.readUInt32BE(1) : (start[0] as number) & 15;
    } else if (audio !== null) {
      this.#audioCodec = audio.codec;
      this.#audioId = audio.isEnhanced ? start.readUInt32BE(1) : (start[0] as number) >> 4;
    }
  }

  end(code: string, description: string): void {
    this.#encoder.end(code, description);
  }

  describe(): StreamResource {
    const [oldest] = this.#samples as [Sample];
    const seconds = Math.max(0.001, (performance.now() - oldest.atMs) / 1000);
    const { width, height } = this.facts;
    const record = this.recorder.status;
    return {
      id: this.id,
      keyId: this.key.id,
      name: this.key.name,
      app: this.key.app,
      startedAt: this.startedAt.toISOString(),
      encoder: this.#encoder.name ?? (typeof this.#metadata.encoder === "string" ? this.#metadata.encoder : null),
      receivedBytes: this.#receivedBytes,
      bitrateBps: Math.round(((this.#receivedBytes - oldest.bytes) * 8) / seconds),
      frameRate: Math.round(((this.#frames - oldest.frames) / seconds) * 10) / 10,
      videoCodec: this.#videoCodec,
      audioCodec: this.#audioCodec,
      width,
      height,
      videoFrames: this.#frames,
      droppedFrames: this.recorder.droppedFrames,
      record: {
        ...record,
        watchable:
          record.recordingId !== null && isWatchable(this.#services, { id: record.recordingId, state: "recording" }),
      },
      relays: this.relays.describe(),
    };
  }

  #count({ video, length }: MediaMessage, now: number): void {
    this.#receivedBytes += length;
    if (video?.kind === "frames") this.#frames += 1;
    const last = this.#samples.at(-1) as Sample;
    if (now - last.atMs < SAMPLE_MS) return;
    this.#samples.push({ atMs: now, bytes: this.#receivedBytes, frames: this.#frames });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  #keepConfig(message: MediaMessage): void {
    // What is kept must not keep the piece of the socket it was read in.
    const body = Buffer.concat(message.parts);
    this.#configs.set(message.type, { ...message, parts: [Buffer.from(body)] });
    const { video, audio } = message;
    if (video?.codec === "h264") this.#size = pictureSizeOfAvc(body.subarray(video.bodyAt)) ?? this.#size;
    if (audio?.codec === "aac") this.#sound = readAacConfig(body.subarray(audio.bodyAt)) ?? this.#sound;
  }
}

export interface StreamContext {
  services: Services;
  ingest: Ingest;
  /** Keys that the stream has come by, its own the last. */
  chain: RelayChain;
  onAwaited(recordingId: string, until: Date, stream: LiveStream): void;
}

function whole(value: AmfValue): number | null {
  return typeof value === "number" && Number.isFinite(value) && value > 0 && value < 1e6 ? Math.round(value) : null;
}

/** What an encoder's metadata says in numbers, texts and switches. */
function plainEntries(metadata: AmfObject): [string, AmfValue][] {
  return Object.entries(metadata)
    .filter(([, value]) => ["number", "string", "boolean"].includes(typeof value))
    .slice(0, MAX_RELAYED_ENTRIES);
}
