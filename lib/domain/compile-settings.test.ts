import { expect, test } from "vitest";
import {
  compileSettingsSchema,
  DEFAULT_COMPILE_SETTINGS,
  PURPOSE_SETTINGS,
  PURPOSES,
  purposeOf,
  SIZES,
} from "@/lib/domain/compile-settings";

test("every ready choice is allowed, and is told from every other", () => {
  for (const purpose of PURPOSES) {
    for (const size of SIZES) {
      const settings = { ...DEFAULT_COMPILE_SETTINGS, ...PURPOSE_SETTINGS[purpose][size] };
      expect(compileSettingsSchema.parse(settings)).toEqual(settings);
      expect(purposeOf(settings)).toEqual({ purpose, size });
    }
  }
});

test("the default is a balanced talk, and what was set one by one is no ready choice", () => {
  expect(purposeOf(DEFAULT_COMPILE_SETTINGS)).toEqual({ purpose: "talk", size: "balanced" });
  expect(purposeOf({ ...DEFAULT_COMPILE_SETTINGS, crf: 24 })).toBeNull();
});

test("settings of before there was a choice of codec become H.264", () => {
  const { crf, preset, audioBitrateBps, longestSidePx } = DEFAULT_COMPILE_SETTINGS;
  expect(compileSettingsSchema.parse({ crf, preset, audioBitrateBps, longestSidePx })).toEqual(
    DEFAULT_COMPILE_SETTINGS,
  );
});
