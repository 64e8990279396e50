/** Sound, picture and metadata of a stream, as the server hands them on: the body as it came, and what it says of itself. */
import { TAG, type TagType } from "@/lib/media/flv/flv-file";
import type { AudioHead, VideoHead } from "@/lib/media/flv/media-packet";

export interface MediaMessage {
  type: TagType;
  /** From the stream's first message, milliseconds. */
  timestampMs: number;
  /** The body in the pieces it was read in. */
  parts: Buffer[];
  length: number;
  /** null: it is no picture, or too short to say. */
  video: VideoHead | null;
  audio: AudioHead | null;
}

/** A picture with which a file can begin. */
export function isKeyframe({ video }: MediaMessage): boolean {
  return video?.isKeyframe === true && video.kind === "frames";
}

export function isConfig({ video, audio }: MediaMessage): boolean {
  return video?.kind === "config" || audio?.kind === "config";
}

/** Whether a stream has a picture, by the configurations that have come. */
export function hasPicture(configs: readonly MediaMessage[]): boolean {
  return configs.some(({ type }) => type === TAG.video);
}

/** The body's first bytes, at least `length` of them where it has so many. */
export function startOf(parts: readonly Buffer[], length: number): Buffer {
  const first = parts[0] ?? Buffer.alloc(0);
  return first.length >= length || parts.length < 2 ? first : Buffer.concat(parts);
}
