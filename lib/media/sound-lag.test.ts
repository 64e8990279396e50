import { describe, expect, test } from "vitest";
import { bestLag } from "@/lib/media/sound-lag";

/** Noise that is the same each time, and a tone of 100 Hz at 48 kHz. */
function noise(length: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state % 20_000) - 10_000;
  });
}
const tone = Int16Array.from({ length: 20_000 }, (_, index) =>
  Math.round(8000 * Math.sin((index * 2 * Math.PI) / 480)),
);

describe("the lag of a sound", () => {
  const sound = noise(20_000);

  test.each([0, 1, -1, 333, -720, 720])("of %i samples is found", (lag) => {
    const sought = sound.slice(5000 + lag, 13_000 + lag);
    expect(bestLag(sought, sound, 5000, 720)).toBe(lag);
  });

  test("is found where the sound was changed a little", () => {
    const sought = sound.slice(5100, 13_100).map((sample, index) => sample + (((index * 7919) % 4000) - 2000));
    expect(bestLag(sought, sound, 5000, 720)).toBe(100);
  });

  test("of a tone is the nearest of those that are as good", () => {
    expect(Math.abs(bestLag(tone.slice(5000, 13_000), tone, 5000, 720) as number)).toBeLessThanOrEqual(5);
  });

  test("is not told where it is silent, another sound, or too near to an end", () => {
    expect(bestLag(new Int16Array(8000), sound, 5000, 720)).toBeNull();
    expect(bestLag(tone.slice(0, 8000), sound, 5000, 720)).toBeNull();
    expect(bestLag(sound.slice(100, 8100), sound, 100, 720)).toBeNull();
  });
});
