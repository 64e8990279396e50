/** The estimate of how sound and picture lie to each other, against what was measured from the content of the captures. */
import { expect, test } from "vitest";
import type { TrackKind } from "@/lib/domain/recording-state";
import { memorySource } from "@/lib/media/byte-source";
import { measureMatroska } from "@/lib/media/measure-matroska";
import { estimateStartOffset } from "@/lib/media/start-offset";
import type { TrackReport } from "@/lib/media/track-timeline";
import { type Chunk, chunksOf } from "@/tests/integration/compile/capture-recording";

/** The estimate was within -7 and +6 ms over 23 runs; the truth is known to 1 ms; a loaded machine adds to both. */
const TOLERANCE_MS = 15;
/** Chromium's, as in the settings. */
const CONSTANT_MS = 20;
/** It settles after 5 to 10 s; within 9.5 ms of that after five. */
const SETTLING_MS = 5000;
const UNSETTLED_TOLERANCE_MS = 25;

async function measure(chunks: readonly Chunk[], kind: TrackKind): Promise<TrackReport> {
  let offsetBytes = 0;
  const clock = chunks.map(({ bytes, perfMs }) => ({ offsetBytes: (offsetBytes += bytes.length), perfMs }));
  const source = memorySource(Buffer.concat(chunks.map(({ bytes }) => bytes)));
  const { reports } = await measureMatroska(source, { clock });
  return reports[kind] as TrackReport;
}

const TRUTH = [
  ["c20_vp8_1000", -4.2],
  ["c20_h264_250", 28.6],
  ["hd_08", -467.6],
  ["sp_pause_h264", -9.9],
] as const;

test.each(TRUTH)("%s: the picture begins %d ms later than the sound", async (capture, truthMs) => {
  const video = await measure(chunksOf(capture, "video"), "video");
  const audio = await measure(chunksOf(capture, "audio"), "audio");
  expect(Math.abs((estimateStartOffset(video, audio, CONSTANT_MS) as number) - truthMs)).toBeLessThanOrEqual(
    TOLERANCE_MS,
  );
});

test.each(TRUTH)("%s: it is nearly so after five seconds", async (capture, truthMs) => {
  const [video, audio] = (["video", "audio"] as const).map((kind) => {
    const chunks = chunksOf(capture, kind);
    const untilMs = (chunks[0] as Chunk).perfMs + SETTLING_MS;
    return chunks.filter(({ perfMs }) => perfMs <= untilMs);
  });
  const offsetMs = estimateStartOffset(
    await measure(video as Chunk[], "video"),
    await measure(audio as Chunk[], "audio"),
    CONSTANT_MS,
  );
  expect(Math.abs((offsetMs as number) - truthMs)).toBeLessThanOrEqual(UNSETTLED_TOLERANCE_MS);
});
