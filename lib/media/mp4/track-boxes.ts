/** The boxes of a track that files and init segments have alike: header, media, sample description. */
import {
  ascii,
  type BoxPart,
  box,
  fullBox,
  mp4Time,
  UNITY_MATRIX,
  u16,
  u32,
  versionFor,
  wide,
} from "@/lib/media/mp4/boxes";
import { AUDIO_TRACK_ID, type LiveAudioTrack, type LiveVideoTrack, VIDEO_TRACK_ID } from "@/lib/media/mp4/live-layout";

/** A track and the times that its headers say; 0 in an init segment. */
export interface TrackHead {
  track: { kind: "video"; about: LiveVideoTrack } | { kind: "audio"; about: LiveAudioTrack };
  createdAt: Date;
  /** In ticks of the movie. */
  shownTicks: number;
  /** In ticks of the track. */
  mediaTicks: number;
}

/** Ticks a second of the movie as a whole: edit lists are said in them. */
export const MOVIE_TIMESCALE = 90_000;

/** Enabled, in the movie, in its preview (§8.3.2.3). */
const SHOWN = 7;
/** `und` in packed letters of five bits (§8.4.2.3). */
const UNDETERMINED_LANGUAGE = 0x55c4;
/** All data are in the same file (§8.7.2.2). */
const SELF_CONTAINED = 1;

export function movieHeader(createdAt: Date, durationTicks: number): Uint8Array {
  const at = mp4Time(createdAt);
  const version = versionFor(durationTicks, at);
  return fullBox(
    "mvhd",
    version,
    0,
    [...wide(version, at), ...wide(version, at), ...u32(MOVIE_TIMESCALE), ...wide(version, durationTicks)],
    // Rate 1.0, volume 1.0, reserved.
    [...u32(0x10000), ...u16(0x100), ...u16(0), ...u32(0), ...u32(0)],
    UNITY_MATRIX,
    [...Array<number>(24).fill(0), ...u32(AUDIO_TRACK_ID + 1)],
  );
}

/**
 * @param edits the `edts` box, or nothing
 * @param tables what comes after the sample description in `stbl`
 */
export function trackBox(head: TrackHead, edits: BoxPart, tables: BoxPart[]): Uint8Array {
  const { track, createdAt, mediaTicks } = head;
  const at = mp4Time(createdAt);
  const version = versionFor(mediaTicks, at);
  const isVideo = track.kind === "video";
  return box(
    "trak",
    trackHeader(head),
    edits,
    box(
      "mdia",
      fullBox("mdhd", version, 0, [
        ...[...wide(version, at), ...wide(version, at), ...u32(track.about.timescale), ...wide(version, mediaTicks)],
        ...[...u16(UNDETERMINED_LANGUAGE), ...u16(0)],
      ]),
      handler(isVideo ? "vide" : "soun", isVideo ? "VideoHandler" : "SoundHandler"),
      box(
        "minf",
        isVideo ? fullBox("vmhd", 0, 1, Array<number>(8).fill(0)) : fullBox("smhd", 0, 0, u32(0)),
        box("dinf", fullBox("dref", 0, 0, u32(1), fullBox("url ", 0, SELF_CONTAINED))),
        box("stbl", fullBox("stsd", 0, 0, u32(1), sampleEntry(track)), ...tables),
      ),
    ),
  );
}

export function handler(type: string, name: string): Uint8Array {
  return fullBox("hdlr", 0, 0, u32(0), ascii(type), Array<number>(12).fill(0), [...ascii(name), 0]);
}

function trackHeader({ track, createdAt, shownTicks }: TrackHead): Uint8Array {
  const at = mp4Time(createdAt);
  const version = versionFor(shownTicks, at);
  const isVideo = track.kind === "video";
  return fullBox(
    "tkhd",
    version,
    SHOWN,
    [...wide(version, at), ...wide(version, at), ...u32(isVideo ? VIDEO_TRACK_ID : AUDIO_TRACK_ID), ...u32(0)],
    [...wide(version, shownTicks), ...Array<number>(8).fill(0)],
    // Layer, alternate group, volume, reserved.
    [...u16(0), ...u16(isVideo ? 0 : 1), ...u16(isVideo ? 0 : 0x100), ...u16(0)],
    UNITY_MATRIX,
    track.kind === "video"
      ? [...u32(track.about.width << 16), ...u32(track.about.height << 16)]
      : [...u32(0), ...u32(0)],
  );
}

function sampleEntry(track: TrackHead["track"]): Uint8Array {
  return track.kind === "video" ? avcEntry(track.about) : aacEntry(track.about);
}

/** ISO/IEC 14496-12 §12.1.3, 14496-15 §5.4.2. */
function avcEntry({ configuration, width, height }: LiveVideoTrack): Uint8Array {
  return box(
    "avc1",
    [0, 0, 0, 0, 0, 0, ...u16(1), ...Array<number>(16).fill(0)],
    // 72 dpi both ways, one frame a sample, no name, 24 bits without transparency.
    [...u16(width), ...u16(height), ...u32(0x480000), ...u32(0x480000), ...u32(0), ...u16(1)],
    [...Array<number>(32).fill(0), ...u16(24), ...u16(0xffff)],
    box("avcC", fromBase64(configuration)),
    box("pasp", u32(1), u32(1)),
  );
}

/** ISO/IEC 14496-12 §12.2.3, 14496-14 §5.6, descriptors of 14496-1 §7.2.6. */
function aacEntry({ configuration, channels, timescale }: LiveAudioTrack): Uint8Array {
  const config = fromBase64(configuration);
  // DecoderConfig: AAC, an audio stream, buffer and rates not said; then DecoderSpecificInfo.
  const decoder = [0x40, 0x15, ...Array<number>(11).fill(0), 0x05, config.length, ...config];
  const stream = [...u16(AUDIO_TRACK_ID), 0, 0x04, decoder.length, ...decoder, 0x06, 1, 2];
  return box(
    "mp4a",
    [0, 0, 0, 0, 0, 0, ...u16(1), ...u32(0), ...u32(0)],
    [...u16(channels), ...u16(16), ...u32(0), ...u16(timescale), ...u16(0)],
    fullBox("esds", 0, 0, [0x03, stream.length, ...stream]),
  );
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
