import { expect, test } from "vitest";
import { captureEndWords, causeOf, interruptionWords } from "@/lib/client/session/capture-end-words";

test("before a recording, only what ended is said", () => {
  expect(captureEndWords("camera")).toBe("The camera was unplugged or taken away.");
});

test("what ends is named, with what is still recorded and how it comes back", () => {
  expect(interruptionWords("camera", "sound")).toBe(
    "The camera was unplugged or taken away. The sound is still recorded. When a camera is there again, it is recorded by itself.",
  );
  expect(interruptionWords("screen", "nothing")).toBe(
    "Sharing was ended, so nothing is being recorded now. Go on to share again, or stop.",
  );
  expect(interruptionWords("camera-corner", "both")).toContain("The screen is recorded without it.");
});

test("each end has its cause in the gap ledger", () => {
  expect(causeOf("screen")).toBe("share_ended");
  expect(causeOf("microphone")).toBe("device_lost");
});
