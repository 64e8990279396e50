/** What the head of a Matroska file says of its tracks (RFC 9559 §5.1.4). */
import { readAscii, readChildren, readUnsigned } from "@/lib/media/ebml";

export interface MatroskaTrack {
  number: number;
  kind: "video" | "audio" | "other";
  /** For instance `V_VP8`, `V_MPEG4/ISO/AVC`, `A_OPUS` (RFC 9559 §27.2 lists none; the codec mappings do). */
  codecId: string;
  /** As the header has it, in pixels; the picture itself may differ. null when it is no video or not said. */
  width: number | null;
  height: number | null;
  /** What the decoder must know first; null when it is not said. */
  codecPrivate: Uint8Array | null;
}

const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const VIDEO = 0xe0;
const PIXEL_WIDTH = 0xb0;
const PIXEL_HEIGHT = 0xba;

/** More tracks than any recorder writes; what is beyond is not looked at. */
const MAX_TRACKS = 64;

/** @param content of the Tracks element */
export function parseTracks(content: Uint8Array): MatroskaTrack[] {
  const tracks: MatroskaTrack[] = [];
  for (const { id, content: entry } of readChildren(content)) {
    if (id === TRACK_ENTRY && tracks.length < MAX_TRACKS) tracks.push(parseTrack(entry));
  }
  return tracks;
}

function parseTrack(entry: Uint8Array): MatroskaTrack {
  const track: MatroskaTrack = { number: 0, kind: "other", codecId: "", width: null, height: null, codecPrivate: null };
  for (const { id, content } of readChildren(entry)) {
    if (id === TRACK_NUMBER) track.number = readUnsigned(content);
    else if (id === TRACK_TYPE) track.kind = kindOf(readUnsigned(content));
    else if (id === CODEC_ID) track.codecId = readAscii(content);
    else if (id === CODEC_PRIVATE) track.codecPrivate = Uint8Array.from(content);
    else if (id === VIDEO) {
      for (const child of readChildren(content)) {
        if (child.id === PIXEL_WIDTH) track.width = readUnsigned(child.content);
        if (child.id === PIXEL_HEIGHT) track.height = readUnsigned(child.content);
      }
    }
  }
  return track;
}

/** TrackType, RFC 9559 §5.1.4.1.3. */
function kindOf(trackType: number): MatroskaTrack["kind"] {
  if (trackType === 1) return "video";
  return trackType === 2 ? "audio" : "other";
}
