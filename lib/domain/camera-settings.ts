/** What an owner may choose about the recording of a camera, with the defaults and bounds. */
import { z } from "zod";

export const cameraSettingsSchema = z.object({
  /** Length of a segment in seconds; null: the installation's. */
  segmentSeconds: z.int().min(1).max(86_400).nullable().default(null),
  /** Sound is recorded when the camera sends any. */
  audio: z.boolean().default(true),
  /** Segments go after so many days; null: the installation's, 0: never. */
  retentionDays: z.int().min(0).max(36_500).nullable().default(null),
  /** The oldest segments go when all take more; null: no limit of its own. Also what is reserved while it is recorded. */
  maxBytes: z
    .int()
    .min(1024 ** 2)
    .nullable()
    .default(null),
});

export type CameraSettings = z.infer<typeof cameraSettingsSchema>;

/** Settings as they are kept; what another version wrote is taken as far as it can be. */
export function cameraSettingsOf(stored: string): CameraSettings {
  try {
    const result = cameraSettingsSchema.safeParse(JSON.parse(stored));
    if (result.success) return result.data;
  } catch {
    // Falls through to the defaults.
  }
  return cameraSettingsSchema.parse({});
}
