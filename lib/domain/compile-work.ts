/**
 * How much work it is to compile a recording, before anything of it was measured: what the order of the queue goes by. A
 * guess is enough; a wrong one costs a place in a queue.
 */

/** Seconds of work for a second of recording, on two cores at 720p (docs/compiling.md): encoded, and copied. */
const ENCODED = 0.6;
const COPIED = 0.02;
/** Finding the tracks, measuring, checking. */
const ANY_SECONDS = 1;
/** Work beyond this is long: it does not stand in the way of what is short. */
export const LONG_WORK_SECONDS = 60;

interface Compilable {
  createdAt: Date;
  stoppedAt: Date | null;
  tracks: readonly { kind: string; mimeType: string | null }[];
}

/** @returns seconds */
export function compileWorkSeconds({ createdAt, stoppedAt, tracks }: Compilable): number {
  const recordedMs = Math.max(0, (stoppedAt ?? createdAt).getTime() - createdAt.getTime());
  const isCopied = tracks.every(({ kind, mimeType }) => kind === "audio" || /avc|h264|x-flv/i.test(mimeType ?? ""));
  return ANY_SECONDS + (recordedMs / 1000) * (isCopied ? COPIED : ENCODED);
}
