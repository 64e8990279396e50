import { expect, test } from "vitest";
import { announcement } from "@/components/recorder/announcements";

type Heard = Parameters<typeof announcement>[0];

const CALM: Heard = { phase: "preview", countdownLeftS: 0, isMuted: false, run: null };
const RECORDING: Heard = { ...CALM, phase: "recording", run: { elapsedMs: 61_000, connection: "connected" } };

test("every change of phase that matters is said", () => {
  expect(announcement(CALM, { ...CALM, phase: "countdown", countdownLeftS: 3 })).toBe("Recording begins in 3 seconds.");
  expect(announcement({ ...CALM, phase: "countdown" }, RECORDING)).toBe("Recording.");
  expect(announcement(RECORDING, { ...RECORDING, phase: "paused" })).toBe("Paused after 1 minute 1 second.");
  expect(announcement({ ...RECORDING, phase: "paused" }, RECORDING)).toBe("Recording goes on.");
  expect(announcement(RECORDING, { ...RECORDING, phase: "stopping" })).toBe("Stopped after 1 minute 1 second.");
  expect(announcement({ ...RECORDING, phase: "uploading" }, { ...RECORDING, phase: "done" })).toBe(
    "Everything is safe on the server.",
  );
  expect(announcement(RECORDING, CALM)).toBe("Recording discarded.");
});

test("losing the server and finding it again are said, connecting at first is not", () => {
  const over = (connection: "connecting" | "connected" | "waiting" | "failed"): Heard => ({
    ...RECORDING,
    run: { elapsedMs: 0, connection },
  });
  expect(announcement(over("connecting"), over("connected"))).toBeNull();
  expect(announcement(over("connected"), over("waiting"))).toBe("Connection lost. Recording goes on.");
  expect(announcement(over("waiting"), over("connected"))).toBe("Connected again.");
  expect(announcement(over("connected"), over("failed"))).toBe("The server does not take the recording.");
});

test("muting is said", () => {
  expect(announcement(RECORDING, { ...RECORDING, isMuted: true })).toBe("Microphone muted.");
  expect(announcement({ ...RECORDING, isMuted: true }, RECORDING)).toBe("Microphone on.");
});

test("time that passes is not", () => {
  expect(announcement(RECORDING, { ...RECORDING, run: { elapsedMs: 62_000, connection: "connected" } })).toBeNull();
});
