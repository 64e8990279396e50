/** The segmenter by itself: what waits for the clocks. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AacFormat } from "@/lib/media/adts";
import { LiveFile } from "@/worker/follow/live-file";
import { Segmenter } from "@/worker/follow/segmenter";

/** Enough of an AAC format for a header. */
const AAC: AacFormat = { sampleRate: 48_000, channels: 2, configuration: Uint8Array.of(0x11, 0x90) };

test("what waits for the start times is written once they are known, without another sample", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tapedeck-segmenter-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const index = path.join(folder, "live.jsonl");
  const file = await LiveFile.create({ mp4: path.join(folder, "live.mp4"), index, newIndex: `${index}.new` });
  onTestFinished(() => file.close());
  let starts: { videoMs: number; audioMs: number } | null = null;
  const segmenter = new Segmenter(file, {
    filename: "live.mp4",
    hasVideo: false,
    hasAudio: true,
    startTimes: () => starts,
    onSegment: () => {},
  });
  for (let frame = 0; frame < 100; frame += 1) await segmenter.addAudio(Uint8Array.of(1, 2, 3), AAC);
  await segmenter.look();
  expect(segmenter.header).toBeNull();
  starts = { videoMs: 0, audioMs: 500 };
  await segmenter.look();
  expect(segmenter.header).toMatchObject({ audio: { startTicks: 24_000 } });
  const lines = (await readFile(index, "utf8")).trim().split("\n");
  expect(lines).toHaveLength(2);
});
