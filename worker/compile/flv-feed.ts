/**
 * The takes of a stream as one FLV for FFmpeg to put into an MP4: tags as they were sent, with their times in the
 * recording, and sound without a sound where it is missing. Keeps a digest of all packets, to be found in the MP4.
 */
import { createHash } from "node:crypto";
import type { TrackKind } from "@/lib/domain/recording-state";
import { type AacFacts, readAacConfig } from "@/lib/media/flv/codec-config";
import { TAG, type TagType, tagHeader, tagTrailer } from "@/lib/media/flv/flv-file";
import { scanFlv } from "@/lib/media/flv/flv-scanner";
import { readAudioHead, readVideoHead } from "@/lib/media/flv/media-packet";
import { MIN_SILENCE_MS, silenceBetween, silentFrame } from "@/lib/media/flv/silence";
import { openFileSource } from "@/lib/server/storage/file-source";

/** A file of the stream. */
export interface FedFile {
  /** Absolute path. */
  file: string;
  /** Added to its times, milliseconds. */
  shiftMs: number;
}

const PIECE_BYTES = 256 * 1024;

export class FlvFeed {
  readonly #configs: Readonly<Record<TrackKind, Buffer | null>>;
  readonly #sound: AacFacts | null;
  readonly #silence: Buffer | null;
  readonly #hashes = { video: createHash("sha256"), audio: createHash("sha256") };
  readonly #lastMs: Record<TrackKind, number | null> = { video: null, audio: null };
  /** Packets fed. */
  readonly packets: Record<TrackKind, number> = { video: 0, audio: 0 };
  /** From the first to the last packet as they play, milliseconds. */
  #firstMs: Record<TrackKind, number> = { video: Infinity, audio: Infinity };
  #latestMs: Record<TrackKind, number> = { video: 0, audio: 0 };

  constructor(configs: Readonly<Record<TrackKind, Buffer | null>>) {
    this.#configs = configs;
    this.#sound = configs.audio === null ? null : readAacConfig(configs.audio);
    this.#silence = configs.audio === null ? null : silentFrame(configs.audio);
  }

  /** SHA-256 over the packets' bytes in the order of decoding, hex. Call it once, at the end. */
  digest(kind: TrackKind): string {
    return this.#hashes[kind].digest("hex");
  }

  /** From the first packet to the beginning of the last one. */
  spanMs(kind: TrackKind): number {
    return this.packets[kind] === 0 ? 0 : this.#latestMs[kind] - this.#firstMs[kind];
  }

  /** Where the first packet plays. */
  startMs(kind: TrackKind): number {
    return this.#firstMs[kind];
  }

  /** @param files in their order; no time may become negative by their shifts */
  async *bytes(files: readonly FedFile[], onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
    const flags = (this.#configs.video === null ? 0 : 1) | (this.#configs.audio === null ? 0 : 4);
    yield Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
    if (this.#configs.video !== null) yield tag(TAG.video, 0, Buffer.from([0x17, 0, 0, 0, 0]), this.#configs.video);
    if (this.#configs.audio !== null) yield tag(TAG.audio, 0, Buffer.from([0xaf, 0]), this.#configs.audio);
    for (const file of files) yield* this.#file(file, onRead);
  }

  async *#file({ file, shiftMs }: FedFile, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
    const scanned = await openFileSource(file);
    const copied = await openFileSource(file);
    let hasKeyframe = false;
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    try {
      for await (const { type, timestampMs, bodyBytes, endBytes, start, isAfterDamage } of scanFlv(scanned)) {
        const kind = type === TAG.video ? "video" : "audio";
        if (type === TAG.script || this.#configs[kind] === null) continue;
        const video = kind === "video" ? readVideoHead(start) : null;
        const head = video ?? (kind === "audio" ? readAudioHead(start) : null);
        if (isAfterDamage) hasKeyframe = false;
        if (head?.kind !== "frames" || endBytes <= bodyBytes + head.bodyAt) continue;
        hasKeyframe ||= video?.isKeyframe === true;
        if (kind === "video" && !hasKeyframe) continue;
        const atMs = Math.round(timestampMs + shiftMs);
        const lastMs = this.#lastMs[kind];
        // Sound of a take that ends a little after the next one has begun.
        if (kind === "audio" && lastMs !== null && atMs <= lastMs - MIN_SILENCE_MS) continue;
        if (kind === "audio") pending.push(...this.#silenceUntil(atMs));
        const body = Buffer.from(await copied.read(bodyBytes, endBytes - bodyBytes));
        this.#note(kind, atMs, atMs + (video?.compositionMs ?? 0), body.subarray(head.bodyAt));
        pending.push(tag(type, atMs, body));
        pendingBytes += body.length;
        if (pendingBytes >= PIECE_BYTES) {
          yield Buffer.concat(pending);
          onRead(pendingBytes);
          pending = [];
          pendingBytes = 0;
        }
      }
      yield Buffer.concat(pending);
    } finally {
      await scanned.close();
      await copied.close();
    }
  }

  #silenceUntil(atMs: number): Buffer[] {
    const lastMs = this.#lastMs.audio;
    if (lastMs === null || this.#silence === null || this.#sound === null) return [];
    const frames: Buffer[] = [];
    for (const frameAtMs of silenceBetween(lastMs, atMs, this.#sound)) {
      this.#note("audio", frameAtMs, frameAtMs, this.#silence);
      frames.push(tag(TAG.audio, frameAtMs, Buffer.from([0xaf, 1]), this.#silence));
    }
    return frames;
  }

  #note(kind: TrackKind, decodedAtMs: number, playedAtMs: number, packet: Buffer): void {
    this.#hashes[kind].update(packet);
    this.#lastMs[kind] = decodedAtMs;
    this.packets[kind] += 1;
    this.#firstMs[kind] = Math.min(this.#firstMs[kind], playedAtMs);
    this.#latestMs[kind] = Math.max(this.#latestMs[kind], playedAtMs);
  }
}

function tag(type: TagType, timestampMs: number, ...body: Buffer[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([tagHeader(type, length, timestampMs), ...body, tagTrailer(length)]);
}
