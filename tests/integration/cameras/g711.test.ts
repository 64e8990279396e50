/** The encoder of cameras' G.711: what is missing is silence, what comes twice is left out, and a failure is no end. */
import { expect, test, vi } from "vitest";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { G711_RATE, TICKS_A_SAMPLE } from "@/lib/media/rtsp/g711";
import { G711Encoder } from "@/worker/capture/g711-encoder";

const PACKET_SAMPLES = 160;
const SECOND_TICKS = G711_RATE * TICKS_A_SAMPLE;
const FRAME_TICKS = AAC_FRAME_SAMPLES * TICKS_A_SAMPLE;

/** A second of samples, as packets of 20 ms from a time on. */
function pushSecond(encoder: G711Encoder, fromTicks: number): void {
  const bytes = Uint8Array.from({ length: PACKET_SAMPLES }, (_, index) => (index * 37) % 256);
  for (let at = 0; at < G711_RATE; at += PACKET_SAMPLES) {
    encoder.push(bytes, 0, PACKET_SAMPLES, fromTicks + at * TICKS_A_SAMPLE);
  }
}

test("frames follow one another without a hole, whatever is missing or comes twice", async () => {
  const times: number[] = [];
  const encoder = new G711Encoder("ffmpeg", "mulaw", {
    onFrame: (_, pts) => times.push(pts),
    onFailure: (error) => expect(error).toBeNull(),
  });
  pushSecond(encoder, 9000);
  pushSecond(encoder, 9000 + 3 * SECOND_TICKS);
  pushSecond(encoder, 9000 + 3 * SECOND_TICKS);
  await encoder.close();
  expect(times[0]).toBe(9000 - FRAME_TICKS);
  const steps = times.slice(1).map((time, index) => time - (times[index] as number));
  expect(new Set(steps)).toEqual(new Set([FRAME_TICKS]));
  // Four seconds, and the frame before them.
  expect((times.at(-1) as number) + FRAME_TICKS).toBeGreaterThanOrEqual(9000 + 4 * SECOND_TICKS);
  expect(times.length).toBeLessThan((4 * G711_RATE) / AAC_FRAME_SAMPLES + 3);
});

test("behind a leap of the clock it begins anew", async () => {
  const times: number[] = [];
  const encoder = new G711Encoder("ffmpeg", "alaw", { onFrame: (_, pts) => times.push(pts), onFailure: () => {} });
  pushSecond(encoder, 0);
  await vi.waitFor(() => expect(times.length).toBeGreaterThan(3), { timeout: 20_000 });
  pushSecond(encoder, 3600 * SECOND_TICKS);
  await encoder.close();
  expect(times).toContain(3600 * SECOND_TICKS - FRAME_TICKS);
});

test("a program that fails is told once, and takes nothing with it", async () => {
  const onFailure = vi.fn();
  const encoder = new G711Encoder("/bin/false", "alaw", { onFrame: () => {}, onFailure });
  pushSecond(encoder, 0);
  await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce(), { timeout: 20_000 });
  pushSecond(encoder, SECOND_TICKS);
  await encoder.close();
  expect(onFailure).toHaveBeenCalledOnce();
});
