/**
 * Fragmented MP4 from a live index: an init segment, and for each segment the boxes that stand before its samples. A
 * player gets the one once, then `fragmentHeader(…)` and the bytes `[offsetBytes, offsetBytes + lengthBytes)` of the
 * growing file for each segment (ISO/IEC 14496-12 §8.8; RFC 8216 §3.3).
 */
import { ascii, box, fullBox, u32, u64 } from "@/lib/media/mp4/boxes";
import {
  AAC_FRAME_SAMPLES,
  AUDIO_TRACK_ID,
  type LiveHeader,
  type LiveSegment,
  sumOf,
  VIDEO_TRACK_ID,
} from "@/lib/media/mp4/live-layout";
import { movieHeader, type TrackHead, trackBox } from "@/lib/media/mp4/track-boxes";

/** Flags of a sample that needs no other, and of one that does (§8.8.3.1). */
const KEY_FRAME = 0x02000000;
const DELTA_FRAME = 0x01010000;

const DEFAULT_BASE_IS_MOOF = 0x020000;
/** Of `tfhd`: default duration and flags of the samples are there. */
const DEFAULT_DURATION = 0x08;
const DEFAULT_FLAGS = 0x20;
/** Of `trun`: what is there of each sample. */
const DATA_OFFSET = 0x01;
const DURATION = 0x100;
const SIZE = 0x200;
const FLAGS = 0x400;
const COMPOSITION = 0x800;

/** `ftyp` and `moov` without samples, for players that get the segments one by one. */
export function initSegment({ video, audio }: LiveHeader): Uint8Array {
  const createdAt = new Date(0);
  const times = { createdAt, shownTicks: 0, mediaTicks: 0 };
  const tracks: TrackHead["track"][] = [
    ...(video === null ? [] : [{ kind: "video" as const, about: video }]),
    ...(audio === null ? [] : [{ kind: "audio" as const, about: audio }]),
  ];
  const noSamples = [
    fullBox("stts", 0, 0, u32(0)),
    fullBox("stsc", 0, 0, u32(0)),
    fullBox("stsz", 0, 0, u32(0), u32(0)),
    fullBox("stco", 0, 0, u32(0)),
  ];
  const ids = [...(video === null ? [] : [VIDEO_TRACK_ID]), ...(audio === null ? [] : [AUDIO_TRACK_ID])];
  const moov = box(
    "moov",
    movieHeader(createdAt, 0),
    ...tracks.map((track) => trackBox({ track, ...times }, [], noSamples)),
    box("mvex", ...ids.map((id) => fullBox("trex", 0, 0, u32(id), u32(1), u32(0), u32(0), u32(0)))),
  );
  const ftyp = box("ftyp", ascii("iso5"), u32(512), ascii("iso5iso6mp41"));
  return Uint8Array.from(Buffer.concat([ftyp, moov]));
}

/**
 * `moof` and the beginning of `mdat` of one segment; the samples follow.
 *
 * @param sequenceNumber from 1, ascending
 */
export function fragmentHeader(header: LiveHeader, segment: LiveSegment, sequenceNumber: number): Uint8Array {
  const write = (moofBytes: number) => moof(header, segment, sequenceNumber, moofBytes + 8);
  // How long it is does not depend on the offsets in it.
  const boxes = write(write(0).length);
  const bytes = new Uint8Array(boxes.length + 8);
  bytes.set(boxes);
  bytes.set([...u32(segment.lengthBytes + 8), ...ascii("mdat")], boxes.length);
  return bytes;
}

/** @param dataOffset where the samples begin, counted from the beginning of `moof` */
function moof(
  { video, audio }: LiveHeader,
  segment: LiveSegment,
  sequenceNumber: number,
  dataOffset: number,
): Uint8Array {
  const videoBytes = segment.video === null ? 0 : sumOf(segment.video.sizesBytes);
  return box(
    "moof",
    fullBox("mfhd", 0, 0, u32(sequenceNumber)),
    ...(video === null || segment.video === null ? [] : [videoRun(video.startTicks, segment.video, dataOffset)]),
    ...(audio === null || segment.audio === null
      ? []
      : [audioRun(audio.startTicks, segment.audio, dataOffset + videoBytes)]),
  );
}

function videoRun(startTicks: number, run: NonNullable<LiveSegment["video"]>, dataOffset: number): Uint8Array {
  const { firstTicks, durationsTicks, sizesBytes, compositionTicks, keyframes } = run;
  const isKey = new Set(keyframes);
  const samples = sizesBytes.flatMap((size, index) => [
    ...u32(durationsTicks[index] as number),
    ...u32(size),
    ...u32(isKey.has(index) ? KEY_FRAME : DELTA_FRAME),
    ...(compositionTicks === undefined ? [] : u32(compositionTicks[index] as number)),
  ]);
  const flags = DATA_OFFSET | DURATION | SIZE | FLAGS | (compositionTicks === undefined ? 0 : COMPOSITION);
  return box(
    "traf",
    fullBox("tfhd", 0, DEFAULT_BASE_IS_MOOF, u32(VIDEO_TRACK_ID)),
    fullBox("tfdt", 1, 0, u64(startTicks + firstTicks)),
    fullBox("trun", 1, flags, u32(sizesBytes.length), u32(dataOffset), samples),
  );
}

function audioRun(
  startTicks: number,
  { firstTicks, sizesBytes, durationsTicks }: NonNullable<LiveSegment["audio"]>,
  dataOffset: number,
): Uint8Array {
  const samples =
    durationsTicks === undefined
      ? sizesBytes.flatMap(u32)
      : sizesBytes.flatMap((size, index) => [...u32(durationsTicks[index] as number), ...u32(size)]);
  const runFlags = DATA_OFFSET | SIZE | (durationsTicks === undefined ? 0 : DURATION);
  const flags = DEFAULT_BASE_IS_MOOF | DEFAULT_DURATION | DEFAULT_FLAGS;
  return box(
    "traf",
    fullBox("tfhd", 0, flags, u32(AUDIO_TRACK_ID), u32(AAC_FRAME_SAMPLES), u32(KEY_FRAME)),
    fullBox("tfdt", 1, 0, u64(startTicks + firstTicks)),
    fullBox("trun", 0, runFlags, u32(sizesBytes.length), u32(dataOffset), samples),
  );
}
