/** Real encoders for tests: FFmpeg publishing a file that was made for it, as it is. */
import path from "node:path";
import { execa } from "execa";
import { createStreamKey } from "@/lib/server/streams/stream-keys";
import type { TestServer } from "@/tests/support/server";

export interface MadeStream {
  seconds: number;
  /** Pictures refer to later ones, as encoders make them unless told otherwise. */
  hasBFrames?: boolean;
  sound?: "aac" | "mp3" | "none";
  hasPicture?: boolean;
  size?: string;
}

/** An FLV with a moving picture and a tone; a key frame each second. @returns its path */
export async function makeStream(
  folder: string,
  { seconds, hasBFrames = true, sound = "aac", hasPicture = true, size = "320x180" }: MadeStream,
): Promise<string> {
  const file = path.join(folder, `made-${seconds}-${hasBFrames}-${sound}-${hasPicture}-${size}.flv`);
  const picture = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=30:d=${seconds}`];
  const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=44100:duration=${seconds}`];
  await execa("ffmpeg", [
    ...["-v", "error", "-y", ...(hasPicture ? picture : []), ...(sound === "none" ? [] : tone)],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-bf", hasBFrames ? "2" : "0", "-pix_fmt", "yuv420p"],
    ...["-c:a", sound === "mp3" ? "libmp3lame" : "aac", "-ac", "2", "-f", "flv", file],
  ]);
  return file;
}

/** FFmpeg's arguments to publish a file as it is. @param isPaced as fast as it plays, not as fast as it can be read */
export function publishArgs(file: string, url: string, isPaced = false): string[] {
  return ["-v", "error", ...(isPaced ? ["-re"] : []), "-i", file, "-c", "copy", "-f", "flv", url];
}

/** Publishes a file and says goodbye. */
export async function publish(file: string, url: string, isPaced = false): Promise<void> {
  await execa("ffmpeg", publishArgs(file, url, isPaced));
}

/** A new key of the user. @returns its id and the address to publish to */
export async function newStreamKey(
  { services, server, userId }: Pick<TestServer, "services" | "server" | "userId">,
  more: { record?: boolean; app?: string; name?: string; expiresAt?: string } = {},
): Promise<{ id: string; key: string; url: string }> {
  const request = { name: "Studio A", app: "live", record: true, expiresAt: null, ...more };
  const { row, key } = await createStreamKey(services, userId, request);
  return { id: row.id, key, url: `rtmp://127.0.0.1:${server.rtmp.port}/${request.app}/${key}` };
}

/** MD5 of every packet of a stream, in the order of decoding. */
export async function packetDigests(file: string, stream: "v" | "a"): Promise<string[]> {
  const { stdout } = await execa("ffmpeg", [
    ...["-v", "error", "-i", file, "-map", `0:${stream}:0`, "-c", "copy", "-f", "framemd5", "-"],
  ]);
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => (line.split(",").at(-1) as string).trim());
}
