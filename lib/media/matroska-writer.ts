/**
 * Writes Matroska as a stream that is made while it is read: pictures with times of their own, each a cluster by itself,
 * so that a reader has a picture as soon as its last byte is there. RFC 9559, on EBML (RFC 8794).
 */
import type { PictureSize } from "@/lib/media/picture-size";

const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;
const DOC_TYPE_VERSION = 0x4287;
const DOC_TYPE_READ_VERSION = 0x4285;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const MUXING_APP = 0x4d80;
const WRITING_APP = 0x5741;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_UID = 0x73c5;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const VIDEO = 0xe0;
const PIXEL_WIDTH = 0xb0;
const PIXEL_HEIGHT = 0xba;
const AUDIO = 0xe1;
const SAMPLING_FREQUENCY = 0xb5;
const CHANNELS = 0x9f;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;

const VIDEO_TRACK = 1;
/** Before its payload a block has its track as a vint, no time beyond that of the cluster, and flags (RFC 9559 §10.2). */
const BLOCK_HEADER_BYTES = 4;
const KEY_FRAME = 0x80;
/** One tick of a timestamp is a millisecond. */
const NANOSECONDS_A_TICK = 1_000_000;
/** A size that is not known yet (RFC 8794 §6.2): the segment ends with the stream. */
const UNKNOWN_SIZE = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/**
 * What a stream of one video track begins with.
 *
 * @param codecId of the codec registry: `V_MJPEG` for JPEGs
 * @param size of the first picture; later ones may differ where the codec says it of each
 */
export function matroskaHead(codecId: string, size: PictureSize): Uint8Array {
  return matroskaTracksHead([{ number: VIDEO_TRACK, codecId, codecPrivate: null, picture: size }]);
}

/** A track that is to be written. */
export interface WrittenTrack {
  /** From 1 to 126. */
  number: number;
  /** Of the codec registry: `V_AV1`, `A_OPUS`. */
  codecId: string;
  /** What the decoder must know first; null: nothing */
  codecPrivate: Uint8Array | null;
  /** Of a picture; null: its packets say it. */
  picture?: PictureSize | null;
  /** Of a sound. */
  sound?: { sampleRate: number; channels: number };
}

/** What a stream of several tracks begins with. */
export function matroskaTracksHead(written: readonly WrittenTrack[]): Uint8Array {
  const tracks = written.map(({ number, codecId, codecPrivate, picture, sound }) =>
    element(
      TRACK_ENTRY,
      element(TRACK_NUMBER, unsigned(number)),
      element(TRACK_UID, unsigned(number)),
      element(TRACK_TYPE, unsigned(sound === undefined ? 1 : 2)),
      element(CODEC_ID, ascii(codecId)),
      codecPrivate === null ? [] : element(CODEC_PRIVATE, [...codecPrivate]),
      picture == null
        ? []
        : element(
            VIDEO,
            element(PIXEL_WIDTH, unsigned(picture.width)),
            element(PIXEL_HEIGHT, unsigned(picture.height)),
          ),
      sound === undefined
        ? []
        : element(
            AUDIO,
            element(SAMPLING_FREQUENCY, float64(sound.sampleRate)),
            element(CHANNELS, unsigned(sound.channels)),
          ),
    ),
  );
  const info = element(
    INFO,
    element(TIMESTAMP_SCALE, unsigned(NANOSECONDS_A_TICK)),
    element(MUXING_APP, ascii("Tapedeck")),
    element(WRITING_APP, ascii("Tapedeck")),
  );
  const header = element(
    EBML,
    element(DOC_TYPE, ascii("matroska")),
    element(DOC_TYPE_VERSION, unsigned(4)),
    element(DOC_TYPE_READ_VERSION, unsigned(2)),
  );
  return Uint8Array.from([...header, ...id(SEGMENT), ...UNKNOWN_SIZE, ...info, ...element(TRACKS, ...tracks)]);
}

/**
 * What stands before a picture; its bytes follow directly. Every picture counts as a key frame.
 *
 * @param timestampMs from the beginning of the stream, a whole number of milliseconds, not before the picture before it
 * @param payloadBytes length of the picture
 */
export function matroskaPictureHead(timestampMs: number, payloadBytes: number): Uint8Array {
  return matroskaPacketHead({ track: VIDEO_TRACK, isKeyframe: true }, timestampMs, payloadBytes);
}

/** The same of a packet of any track; pictures may be in decoding order. */
export function matroskaPacketHead(
  { track, isKeyframe }: { track: number; isKeyframe: boolean },
  timestampMs: number,
  payloadBytes: number,
): Uint8Array {
  const timestamp = element(TIMESTAMP, unsigned(timestampMs));
  const header = [0x80 | track, 0, 0, isKeyframe ? KEY_FRAME : 0];
  const block = [...id(SIMPLE_BLOCK), ...size(BLOCK_HEADER_BYTES + payloadBytes), ...header];
  return Uint8Array.from([
    ...id(CLUSTER),
    ...size(timestamp.length + block.length + payloadBytes),
    ...timestamp,
    ...block,
  ]);
}

function element(elementId: number, ...contents: number[][]): number[] {
  const content = contents.flat();
  return [...id(elementId), ...size(content.length), ...content];
}

/** Ids are written as they are, with their length marker (RFC 8794 §5). */
function id(elementId: number): number[] {
  return unsigned(elementId);
}

/** A size of 8 bytes (RFC 8794 §4.1): up to 2^53 here. */
function size(bytes: number): number[] {
  return [0x01, ...unsigned(bytes, 7)];
}

/** Big-endian, as short as it can be unless a length is given. */
function unsigned(value: number, length = 1): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length < length; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

/** IEEE 754, as RFC 8794 §7.3 has it. */
function float64(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return [...new Uint8Array(view.buffer)];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
