/**
 * How a file that is compiled while it is recorded lies on disk, told beside it in the live index: what its tracks are, and
 * where the samples of each segment are. From these alone follow the index of the finished file, and at any time an init
 * segment and the head of a fragment for players that watch it grow. lib/protocol/live-index has the same as schemas.
 */

/** Track ids in every file and fragment. */
export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;

/** Samples of one AAC frame (ISO/IEC 14496-3 §4.1.1), and so the ticks each one lasts. */
export const AAC_FRAME_SAMPLES = 1024;

export interface LiveVideoTrack {
  /** As RFC 6381 writes it: `avc1.42c020`. */
  codec: string;
  /** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3), base64. */
  configuration: string;
  width: number;
  height: number;
  /** Ticks a second of everything that is said of this track in ticks. */
  timescale: number;
  /** Added to decoding times in fragments, so that both tracks are on one timeline that begins at 0 or soon after. */
  startTicks: number;
}

export interface LiveAudioTrack {
  /** As RFC 6381 writes it: `mp4a.40.2`. */
  codec: string;
  /** AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1), base64. */
  configuration: string;
  channels: number;
  /** The sample rate. */
  timescale: number;
  /** As of the picture. What the encoder puts before the sound is counted: the sound itself begins that much later. */
  startTicks: number;
}

/** The first line of a live index. */
export interface LiveHeader {
  version: 1;
  /** Name of the MP4 in the recording's folder. A follower that begins anew writes another file under another name. */
  filename: string;
  /** null: there is no picture */
  video: LiveVideoTrack | null;
  /** null: there is no sound */
  audio: LiveAudioTrack | null;
  /** What made it, hex: who has the same may go on with it; left out: nobody may. */
  recipe?: string | undefined;
}

/** Samples of the picture in a segment, in decoding order. Ticks are those of the track. */
export interface LiveVideoRun {
  /** Decoding time of the first sample, from the track's own beginning. */
  firstTicks: number;
  durationsTicks: number[];
  sizesBytes: number[];
  /** How much later each is shown than it is decoded; left out: all are shown as they are decoded. */
  compositionTicks?: number[] | undefined;
  /** Indices of the key frames. A segment begins with one unless key frames were too far apart. */
  keyframes: number[];
}

/** Frames of the sound in a segment. */
export interface LiveAudioRun {
  /** Time of the first frame, from the first frame of the track. */
  firstTicks: number;
  sizesBytes: number[];
  /** Of each; left out: each lasts {@link AAC_FRAME_SAMPLES} ticks. */
  durationsTicks?: number[] | undefined;
}

/** A further line: one segment, whose bytes are in the MP4 when the line is there. First all picture, then all sound. */
export interface LiveSegment {
  /** Where its first sample lies in the MP4, and how many bytes all of them are. */
  offsetBytes: number;
  lengthBytes: number;
  /** How long it plays: of the picture, or of the sound where there is none. */
  durationMs: number;
  /** null: it holds none */
  video: LiveVideoRun | null;
  audio: LiveAudioRun | null;
}

export function sumOf(numbers: readonly number[]): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
