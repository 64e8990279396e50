import { expect, test } from "vitest";
import { DEFAULT_CHOICES, needsOf, rememberChoices, rememberedChoices } from "@/lib/client/capture/choices";

function storageWith(text: string | null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, value: string) => {
      kept = value;
    },
  };
}

test("choices are found again as they were left", () => {
  const storage = storageWith(null);
  const choices = { ...DEFAULT_CHOICES, source: "screen-camera", cameraId: "abc", countdownS: 10 } as const;
  rememberChoices(choices, storage);
  expect(rememberedChoices(storage)).toEqual(choices);
});

test.each([
  ["nothing", null],
  ["no JSON", "{"],
  ["another kind of value", "7"],
  ["values of another version", '{"source":"hologram","countdownS":4,"withMicrophone":"yes","cameraId":7}'],
])("%s in the storage means the defaults", (_, text) => {
  expect(rememberedChoices(storageWith(text))).toEqual(DEFAULT_CHOICES);
});

test("a storage that is forbidden is no obstacle", () => {
  const forbidden = () => {
    throw new DOMException("no", "SecurityError");
  };
  expect(rememberedChoices({ getItem: forbidden })).toEqual(DEFAULT_CHOICES);
  expect(() => rememberChoices(DEFAULT_CHOICES, { setItem: forbidden })).not.toThrow();
});

test("sound alone needs the microphone whatever was chosen for pictures", () => {
  expect(needsOf({ source: "microphone", withMicrophone: false })).toEqual({
    camera: false,
    screen: false,
    microphone: true,
  });
  expect(needsOf({ source: "screen-camera", withMicrophone: false })).toEqual({
    camera: true,
    screen: true,
    microphone: false,
  });
});
