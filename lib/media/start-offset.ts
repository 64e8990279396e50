/**
 * How much later the picture begins than the sound. Two recorders write two files, each beginning at 0 at its own first
 * frame, and nothing in the files says how far apart these were; the clock of the page does.
 *
 * A chunk is handed over a little after its last block was captured, never before, so the least difference between the
 * clock and the timestamp settles where the file's 0 lies on that clock: the lower envelope. Time a recorder is paused
 * is cut from its timeline while the clock goes on, so differences only grow at a pause, for both tracks alike.
 *
 * Measured against the content over 23 runs: -7 to +6 ms with the constant, settled after 5 to 10 s. `start` events were
 * wrong by up to 430 ms, BlobEvent.timecode says nothing.
 */
import type { TrackReport } from "@/lib/media/track-timeline";

type Beginning = Pick<TrackReport, "firstMs" | "deliveryMs" | "stepMs">;

/** Recorders of one page begin together; more is no offset but a broken clock. */
const MAX_OFFSET_MS = 30_000;

/**
 * @param constantMs how much longer a picture takes to the envelope than sound does; differs between browsers
 * @returns milliseconds by which the first block of video comes later than that of audio; negative: audio comes later;
 *   null when the clocks do not say
 */
export function estimateStartOffset(video: Beginning, audio: Beginning, constantMs: number): number | null {
  if (video.deliveryMs === null || audio.deliveryMs === null) return null;
  // A packet of audio is complete at its end, not at its timestamp.
  const zerosApartMs = video.deliveryMs - (audio.deliveryMs - audio.stepMs) + constantMs;
  const offsetMs = zerosApartMs + video.firstMs - audio.firstMs;
  return Math.abs(offsetMs) <= MAX_OFFSET_MS ? offsetMs : null;
}
