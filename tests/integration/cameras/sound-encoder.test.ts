/** The encoder of cameras' samples: what is missing is silence, what comes twice is left out, and a failure is no end. */
import { execaSync } from "execa";
import { expect, test, vi } from "vitest";
import { adtsHeader } from "@/lib/media/adts";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { type RawSound, rawSoundOf, ticksASample } from "@/lib/media/rtsp/raw-sound";
import { eventually } from "@/tests/support/eventually";
import { SoundEncoder } from "@/worker/capture/sound-encoder";

const RATE = 8000;
const PACKET_SAMPLES = 160;
const TICKS_A_SAMPLE = ticksASample({ sampleRate: RATE });
const SECOND_TICKS = RATE * TICKS_A_SAMPLE;
const FRAME_TICKS = AAC_FRAME_SAMPLES * TICKS_A_SAMPLE;

function soundOf(encoding: string, clockRate = RATE, channels = 1): RawSound {
  const sound = rawSoundOf({ encoding, clockRate, channels });
  if (sound === null) throw new Error(`${encoding} is none`);
  return sound;
}

/** A second of samples, as packets of 20 ms from a time on. */
function pushSecond(encoder: SoundEncoder, fromTicks: number): void {
  const bytes = Uint8Array.from({ length: PACKET_SAMPLES }, (_, index) => (index * 37) % 256);
  for (let at = 0; at < RATE; at += PACKET_SAMPLES) {
    encoder.push(bytes, 0, PACKET_SAMPLES, fromTicks + at * TICKS_A_SAMPLE);
  }
}

test("frames follow one another without a hole, whatever is missing or comes twice", async () => {
  const times: number[] = [];
  const encoder = new SoundEncoder("ffmpeg", soundOf("PCMU"), {
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
  expect(times.length).toBeLessThan((4 * RATE) / AAC_FRAME_SAMPLES + 3);
});

test("behind a leap of the clock it begins anew", async () => {
  const times: number[] = [];
  const encoder = new SoundEncoder("ffmpeg", soundOf("PCMA"), {
    onFrame: (_, pts) => times.push(pts),
    onFailure: () => {},
  });
  pushSecond(encoder, 0);
  await eventually(() => expect(times.length).toBeGreaterThan(3));
  pushSecond(encoder, 3600 * SECOND_TICKS);
  await encoder.close();
  expect(times).toContain(3600 * SECOND_TICKS - FRAME_TICKS);
});

test("a program that fails is told once, and takes nothing with it", async () => {
  const onFailure = vi.fn();
  const encoder = new SoundEncoder("/bin/false", soundOf("PCMA"), { onFrame: () => {}, onFailure });
  pushSecond(encoder, 0);
  await eventually(() => expect(onFailure).toHaveBeenCalledOnce());
  pushSecond(encoder, SECOND_TICKS);
  await encoder.close();
  expect(onFailure).toHaveBeenCalledOnce();
});

const TONE_HZ = 440;
const TONE_SECONDS = 3;

/** A tone as a camera sends it. */
function toneAs(format: string[], { sampleRate, channels }: RawSound): Buffer {
  const same = channels === 2 ? "stereo|c0=c0|c1=c0" : "mono|c0=c0";
  const tone = `sine=frequency=${TONE_HZ}:duration=${TONE_SECONDS},volume=4,pan=${same}`;
  const args = ["-v", "error", "-f", "lavfi", "-i", tone];
  const out = ["-ar", String(sampleRate), ...format, "-"];
  return Buffer.from(execaSync("ffmpeg", [...args, ...out], { encoding: "buffer" }).stdout);
}

/** What is heard of AAC: how long, how often it crosses zero upwards each second, and how loud, of 32767. */
function heard(adts: Buffer, sampleRate: number): { seconds: number; hertz: number; loudness: number } {
  const args = ["-v", "error", "-f", "aac", "-i", "-", "-ac", "1", "-f", "s16le", "-"];
  const bytes = Buffer.from(execaSync("ffmpeg", args, { input: adts, encoding: "buffer" }).stdout);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  // The middle second: encoders begin and end softly.
  const middle = samples.subarray(sampleRate, 2 * sampleRate);
  const hertz = middle.filter((sample, index) => sample >= 0 && (middle[index - 1] ?? 0) < 0).length;
  const loudness = Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
  return { seconds: samples.length / sampleRate, hertz, loudness };
}

test.each([
  ["PCMA", 8000, 1, ["-f", "alaw"]],
  ["PCMU", 16_000, 1, ["-f", "mulaw"]],
  ["L16", 44_100, 2, ["-f", "s16be"]],
  ["L8", 16_000, 1, ["-f", "u8"]],
  ["G726-16", 8000, 1, ["-f", "g726le", "-code_size", "2"]],
  ["G726-24", 8000, 1, ["-f", "g726le", "-code_size", "3"]],
  ["G726-32", 8000, 1, ["-f", "g726le", "-code_size", "4"]],
  ["G726-40", 8000, 1, ["-f", "g726le", "-code_size", "5"]],
] as const)("%s of %i Hz and %i channels is heard as it was", async (encoding, rate, channels, format) => {
  const sound = soundOf(encoding, rate, channels);
  const sent = toneAs([...format], sound);
  const frames: Buffer[] = [];
  const encoder = new SoundEncoder("ffmpeg", sound, {
    onFrame: (frame) => frames.push(Buffer.concat([adtsHeader(sound.aac, frame.length, new Uint8Array(7)), frame])),
    onFailure: (error) => expect(error).toBeNull(),
  });
  // Packets of 20 ms.
  const size = (rate / 50) * (sound.bits / 8);
  for (let at = 0; at < sent.length; at += size) {
    encoder.push(sent, at, Math.min(sent.length, at + size), ((at * 8) / sound.bits) * ticksASample(sound));
  }
  await encoder.close();
  const { seconds, hertz, loudness } = heard(Buffer.concat(frames), rate);
  // Frames are 1024 samples: one before the sound, and one that is filled up, at most 0.13 s each.
  expect(Math.abs(seconds - TONE_SECONDS)).toBeLessThan(0.3);
  expect(Math.abs(hertz - TONE_HZ)).toBeLessThan(3);
  // The tone has an eighth of full scale, made four times as loud: 11 585 on average, less what two bits a sample cost.
  expect(loudness).toBeGreaterThan(9000);
  expect(loudness).toBeLessThan(13_500);
});

test.each([
  ["GSM", 8000, 1],
  ["L16", 12_345, 1],
  ["L16", 48_000, 6],
  ["G726-32", 16_000, 1],
])("%s of %i Hz and %i channels is not taken for samples that can be read", (encoding, clockRate, channels) => {
  expect(rawSoundOf({ encoding, clockRate, channels })).toBeNull();
});
