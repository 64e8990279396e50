import { expect, test } from "vitest";
import { captureEndWords, goesOnWithout } from "@/lib/client/session/capture-end-words";

test("an end that stops the recording says so, and that nothing before it is lost", () => {
  expect(captureEndWords("screen", true)).toBe(
    "Sharing was ended, so the recording was stopped. Everything before that is kept.",
  );
  expect(captureEndWords("camera", false)).toBe("The camera was unplugged or taken away.");
});

test("the rest of a recording goes on without the camera in the corner and without one voice of two", () => {
  expect(
    (["screen", "camera", "microphone", "camera-corner", "microphone-in-mix"] as const).filter(goesOnWithout),
  ).toEqual(["camera-corner", "microphone-in-mix"]);
});
