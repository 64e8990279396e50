import { expect, test } from "vitest";
import { explainComplaints, explainFailure } from "@/lib/media/ffmpeg-failure";

const ended = { exitCode: 1, signal: null, isTimedOut: false, stderr: [] as string[] };

test.each([
  ["[vp8 @ 0x1] Picture size 12000x12000 exceeds specified max pixel count 8912896", "too_large", "picture_too_large"],
  ["av_interleaved_write_frame(): No space left on device", "storage_full", "disk_full"],
  ["[libx264 @ 0x1] malloc of size 123 failed", "too_large", "compile_needs_too_much"],
  ["Error while filtering: Cannot allocate memory", "too_large", "compile_needs_too_much"],
  ["file:/a/video.webm: Invalid data found when processing input", "unprocessable", "damaged"],
  ["file:/a/video.webm: End of file", "unprocessable", "damaged"],
  ["Something nobody has seen", "internal", "compile_failed"],
])("%s", (line, kind, code) => {
  const error = explainFailure({ ...ended, stderr: ["before", line, "Conversion failed!"] });
  expect(error).toMatchObject({ kind, code });
  // The lines are for the log; a user is told nothing of files and programs.
  expect(error.detail).toContain(line);
  expect(error.message).not.toMatch(/0x1|video\.webm|libx264/);
});

test("the first cause counts when others follow from it", () => {
  const stderr = [
    "Picture size 9000x9000 exceeds specified max pixel count 1",
    "x: Invalid data found when processing input",
  ];
  expect(explainFailure({ ...ended, stderr }).code).toBe("picture_too_large");
});

test("a run that took too long, or met the limits of the kernel, is not tried again", () => {
  for (const end of [
    { ...ended, exitCode: null, signal: "SIGTERM", isTimedOut: true },
    { ...ended, exitCode: null, signal: "SIGXCPU" },
    { ...ended, exitCode: null, signal: "SIGXFSZ" },
  ]) {
    expect(explainFailure(end).outcome.retry).toBe(false);
  }
});

test("a run that somebody else killed is tried again", () => {
  expect(explainFailure({ ...ended, exitCode: null, signal: "SIGKILL" }).outcome.retry).toBe(true);
});

test("of a run that succeeded only a picture that is too large is a reason to stop", () => {
  expect(explainComplaints(["[vp8] Picture size 9000x9000 exceeds specified max pixel count 1"])?.code).toBe(
    "picture_too_large",
  );
  expect(explainComplaints(["[vp8] Invalid data found when processing input"])).toBeNull();
  expect(explainComplaints([])).toBeNull();
});
