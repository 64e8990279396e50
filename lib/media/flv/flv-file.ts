/**
 * Writes FLV ("Video File Format Specification 10.1", annex E): what comes first, each tag, and, when the file is
 * complete, the same head once more with what is known by then. The head keeps room for that, so the file never moves.
 */
import type { AmfValue } from "@/lib/media/rtmp/amf-value";
import { writeAmf0, writeEcmaArray } from "@/lib/media/rtmp/amf0";

export const TAG = { audio: 8, video: 9, script: 18 } as const;
export type TagType = (typeof TAG)[keyof typeof TAG];

/** E.2: the signature, version 1, flags, the header's own length. */
export const FLV_HEADER_BYTES = 9;
/** Before each tag the length of the one before it is written. */
export const PREVIOUS_SIZE_BYTES = 4;
export const TAG_HEADER_BYTES = 11;
const HAS_VIDEO = 1;
const HAS_AUDIO = 4;
/** Of the metadata's tag; what is not used of it is filled. */
const METADATA_BYTES = 16 * 1024;
/** The index holds every key frame, or every second, fourth, … so that it has room: 18 bytes each. */
const MAX_KEYFRAMES = 800;

/** Where the first tag of media begins. */
export const HEAD_BYTES =
  FLV_HEADER_BYTES + PREVIOUS_SIZE_BYTES + TAG_HEADER_BYTES + METADATA_BYTES + PREVIOUS_SIZE_BYTES;

/** What is known of the streams; what is null is left out of the metadata. */
export interface FlvFacts {
  width: number | null;
  height: number | null;
  frameRate: number | null;
  /** As FLV counts them: 7 is AVC, 10 is AAC; a FourCC as a number in enhanced files. */
  videoCodecId: number | null;
  audioCodecId: number | null;
  audioSampleRate: number | null;
  audioChannels: number | null;
}

export const NO_FACTS: FlvFacts = {
  ...{ width: null, height: null, frameRate: null, videoCodecId: null, audioCodecId: null },
  ...{ audioSampleRate: null, audioChannels: null },
};

export class FlvFile {
  #endBytes = HEAD_BYTES;
  #firstMs: number | null = null;
  #lastMs = 0;
  #hasVideo = false;
  #hasAudio = false;
  #videoBytes = 0;
  #audioBytes = 0;
  #keyframes: { seconds: number; position: number }[] = [];
  #seenKeyframes = 0;
  #every = 1;

  /** Bytes so far, the head among them. */
  get sizeBytes(): number {
    return this.#endBytes;
  }

  /** From the first tag to the last, milliseconds. */
  get durationMs(): number {
    return this.#firstMs === null ? 0 : this.#lastMs - this.#firstMs;
  }

  /** The head, {@link HEAD_BYTES} long whenever it is asked for: at first with what is known, at last with everything. */
  head(facts: FlvFacts, isComplete: boolean): Buffer {
    const header = Buffer.alloc(FLV_HEADER_BYTES + PREVIOUS_SIZE_BYTES);
    header.write("FLV\x01", "latin1");
    // Until it is known what comes, a reader is to look for both.
    header[4] = (this.#hasVideo || !isComplete ? HAS_VIDEO : 0) | (this.#hasAudio || !isComplete ? HAS_AUDIO : 0);
    header.writeUInt32BE(FLV_HEADER_BYTES, 5);
    const metadata = this.#metadata(facts, isComplete);
    return Buffer.concat([...[header, tagHeader(TAG.script, METADATA_BYTES, 0), metadata], tagTrailer(METADATA_BYTES)]);
  }

  /**
   * One tag.
   *
   * @param timestampMs from the beginning of the file
   * @param isIndexed a key frame
   * @returns the bytes, the body's own pieces among them
   */
  tag(type: TagType, timestampMs: number, parts: readonly Buffer[], length: number, isIndexed: boolean): Buffer[] {
    if (isIndexed) this.#index(timestampMs);
    this.#firstMs ??= timestampMs;
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
    if (type === TAG.video) {
      this.#hasVideo = true;
      this.#videoBytes += length;
    } else if (type === TAG.audio) {
      this.#hasAudio = true;
      this.#audioBytes += length;
    }
    this.#endBytes += TAG_HEADER_BYTES + length + PREVIOUS_SIZE_BYTES;
    return [tagHeader(type, length, timestampMs), ...parts, tagTrailer(length)];
  }

  #index(timestampMs: number): void {
    if (this.#seenKeyframes % this.#every === 0) {
      this.#keyframes.push({ seconds: timestampMs / 1000, position: this.#endBytes });
      if (this.#keyframes.length > MAX_KEYFRAMES) {
        this.#keyframes = this.#keyframes.filter((_, index) => index % 2 === 0);
        this.#every *= 2;
      }
    }
    this.#seenKeyframes += 1;
  }

  #metadata(facts: FlvFacts, isComplete: boolean): Buffer {
    const seconds = this.durationMs / 1000;
    const rate = (bytes: number) => (seconds > 0 ? (bytes * 8) / 1000 / seconds : null);
    const known: [string, AmfValue][] = [
      ["duration", seconds],
      ["filesize", isComplete ? this.#endBytes : 0],
      ["hasVideo", this.#hasVideo],
      ["hasAudio", this.#hasAudio],
      ["hasKeyframes", this.#keyframes.length > 0],
      ["canSeekToEnd", false],
      ["width", facts.width],
      ["height", facts.height],
      ["framerate", facts.frameRate],
      ["videocodecid", facts.videoCodecId],
      ["videodatarate", rate(this.#videoBytes)],
      ["audiocodecid", facts.audioCodecId],
      ["audiodatarate", rate(this.#audioBytes)],
      ["audiosamplerate", facts.audioSampleRate],
      ["stereo", facts.audioChannels === null ? null : facts.audioChannels > 1],
      ["lasttimestamp", this.#lastMs / 1000],
    ];
    const entries = known.filter(([, value]) => value !== null);
    if (isComplete && this.#keyframes.length > 0) {
      entries.push([
        "keyframes",
        {
          filepositions: this.#keyframes.map(({ position }) => position),
          times: this.#keyframes.map((each) => each.seconds),
        },
      ]);
    }
    const name = writeAmf0("onMetaData");
    const unfilled = Buffer.concat([name, writeEcmaArray([...entries, ["filler", ""]])]).length;
    const filler = " ".repeat(METADATA_BYTES - unfilled);
    return Buffer.concat([name, writeEcmaArray([...entries, ["filler", filler]])]);
  }
}

/** @param timestampMs its lower 24 bits come first, then the upper 8 (E.4.1) */
export function tagHeader(type: TagType, length: number, timestampMs: number): Buffer {
  const header = Buffer.allocUnsafe(TAG_HEADER_BYTES);
  header[0] = type;
  header.writeUIntBE(length, 1, 3);
  header.writeUIntBE(timestampMs & 0xffffff, 4, 3);
  header[7] = (timestampMs >>> 24) & 0xff;
  header.writeUIntBE(0, 8, 3);
  return header;
}

export function tagTrailer(length: number): Buffer {
  const trailer = Buffer.allocUnsafe(PREVIOUS_SIZE_BYTES);
  trailer.writeUInt32BE(TAG_HEADER_BYTES + length);
  return trailer;
}
