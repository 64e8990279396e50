/** What the queues carry of cameras. The database is the truth; a job only says "look at this camera". */
import { z } from "zod";

/** One long job for each camera that is to be recorded. */
export const CAPTURE_QUEUE = "capture";
/** Looks at an address for somebody who waits for it. */
export const CAMERA_TEST_QUEUE = "camera-test";
/** Redis channel on which workers hear that a camera was started, stopped or changed. */
export const CAMERAS_CHANNEL = "tapedeck:cameras";

export const captureJob = z.object({ cameraId: z.string(), startedAtMs: z.int() });
export type CaptureJob = z.infer<typeof captureJob>;

/** One job for each time a camera was started: asking twice adds nothing. */
export function captureJobId({ cameraId, startedAtMs }: CaptureJob): string {
  return `capture-${cameraId}-${startedAtMs}`;
}

export const cameraTestJob = z.object({
  url: z.string(),
  /** Sealed, so that Redis holds no password; null: none. */
  credentials: z.string().nullable(),
});
export type CameraTestJob = z.infer<typeof cameraTestJob>;

export const cameraTestResult = z
  .object({
    ok: z.boolean(),
    code: z.string().nullable().meta({ description: "what is wrong; null: nothing" }),
    message: z.string().meta({ description: "the same in words" }),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    skippedAudio: z.string().nullable().meta({ description: "sound that is there and cannot be recorded" }),
    width: z.int().nullable(),
    height: z.int().nullable(),
    framesPerSecond: z.number().nullable(),
    keyFrameSeconds: z.number().nullable(),
    picture: z.string().nullable().meta({ description: "JPEG as a data: address" }),
  })
  .meta({ id: "CameraTest" });
export type CameraTestResult = z.infer<typeof cameraTestResult>;
