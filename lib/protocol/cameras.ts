/** What the API says of cameras: the resource of `/api/v1/cameras`, and its requests. */
import { z } from "zod";
import { CAMERA_CAUSE_CODES } from "@/lib/domain/camera-causes";
import { isCameraId } from "@/lib/domain/camera-names";
import { cameraSettingsSchema } from "@/lib/domain/camera-settings";
import { CAMERA_STATES } from "@/lib/domain/camera-state";
import { cleanTitle } from "@/lib/domain/names";

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
const bytes = z.int().min(0).meta({ description: "bytes" });
export const MAX_NAME_LENGTH = 100;

const name = z
  .string()
  .max(1000)
  .transform(cleanTitle)
  .refine((text) => text !== "" && text.length <= MAX_NAME_LENGTH, {
    error: `must have 1 to ${MAX_NAME_LENGTH} characters`,
  });

export const cameraUrl = z
  .string()
  .max(2000)
  .trim()
  .regex(/^rtsps?:\/\/[^\s\p{Cc}]+$/iu, { error: "must be an address that begins with rtsp:// or rtsps://" });

const credentials = {
  username: z.string().max(200).optional(),
  password: z.string().max(200).optional().meta({ description: "instead of in the address; never answered" }),
};

const settings = {
  segmentSeconds: cameraSettingsSchema.shape.segmentSeconds.optional(),
  audio: cameraSettingsSchema.shape.audio.optional(),
  retentionDays: cameraSettingsSchema.shape.retentionDays.optional(),
  maxBytes: cameraSettingsSchema.shape.maxBytes.optional(),
};

export const createCameraRequest = z
  .object({
    id: z
      .string()
      .refine(isCameraId, { error: "must have 1 to 64 letters, digits, - and _" })
      .optional()
      .meta({ description: "for a name of your own in addresses and folders; made when it is not given" }),
    name,
    url: cameraUrl.meta({
      description: "rtsp:// or rtsps://; a user and password in it are taken out and kept encrypted",
    }),
    ...credentials,
    ...settings,
    /** Begins to record it at once. */
    start: z.boolean().default(false),
  })
  .meta({ id: "CreateCamera" });
export type CreateCameraRequest = z.infer<typeof createCameraRequest>;

/** Of one request. */
export const MAX_IMPORTED_CAMERAS = 500;

export const importCamerasRequest = z
  .object({
    list: z
      .string()
      .max(512 * 1024)
      .meta({
        description:
          "CSV: name, address, user name, password, or the columns that a first line names; or one JSON object a line, as for adding one",
      }),
    start: z.boolean().default(false).meta({ description: "they are recorded as soon as they are added" }),
  })
  .meta({ id: "ImportCameras" });
export type ImportCamerasRequest = z.infer<typeof importCamerasRequest>;

export const importedCamera = z.object({
  line: z.int().meta({ description: "of the list, from 1" }),
  name: z.string().nullable(),
  id: z.string().nullable().meta({ description: "null: it was not added" }),
  code: z.string().nullable(),
  message: z.string().nullable().meta({ description: "why it was not, or was added and not started" }),
});
export type ImportedCamera = z.infer<typeof importedCamera>;

export const importedCameras = z.object({ cameras: z.array(importedCamera) }).meta({ id: "ImportedCameras" });

export const changeCameraRequest = z
  .object({ name: name.optional(), url: cameraUrl.optional(), ...credentials, ...settings })
  .meta({ id: "ChangeCamera" });
export type ChangeCameraRequest = z.infer<typeof changeCameraRequest>;

export const testCameraRequest = z
  .object({ url: cameraUrl, ...credentials })
  .meta({ id: "TestCamera", description: "An address to look at; nothing of it is kept" });
export type TestCameraRequest = z.infer<typeof testCameraRequest>;

export const cameraResource = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string().meta({ description: "with the password masked" }),
    hasCredentials: z.boolean(),
    settings: cameraSettingsSchema,
    wanted: z.boolean().meta({ description: "it is to be recorded" }),
    state: z.enum(CAMERA_STATES),
    stateAt: instant,
    error: z
      .object({ code: z.string(), message: z.string(), at: instant })
      .nullable()
      .meta({ description: "why it is not recorded now; null while it is, or is not wanted" }),
    startedAt: instant.nullable(),
    reservationId: z.string().nullable(),
    lastMediaAt: instant.nullable().meta({ description: "when bytes last reached the disk, to a few seconds" }),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    segmentCount: z.int(),
    storedBytes: bytes,
    thumbnailUrl: z.string().nullable(),
    liveUrl: z
      .string()
      .nullable()
      .meta({ description: "HLS playlist a few seconds behind; null while it is not recorded" }),
    createdAt: instant,
  })
  .meta({ id: "Camera" });
export type CameraResource = z.infer<typeof cameraResource>;

export const cameraList = z.object({ cameras: z.array(cameraResource) }).meta({ id: "CameraList" });

export const segmentResource = z
  .object({
    filename: z.string(),
    startedAt: instant,
    endedAt: instant,
    durationMs: z.int(),
    sizeBytes: bytes,
    sha256: z.string(),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    cause: z.string().nullable().meta({ description: "why it does not go on from the one before; null: it does" }),
    pinned: z.boolean(),
    storage: z.string(),
    uploadedAt: instant.nullable(),
    url: z.string(),
  })
  .meta({ id: "CameraSegment" });
export type SegmentResource = z.infer<typeof segmentResource>;

export const cameraGapResource = z
  .object({
    from: instant,
    to: instant.nullable().meta({ description: "null: it lasts" }),
    code: z.enum(CAMERA_CAUSE_CODES),
    cause: z.string().meta({ description: "the cause in words" }),
  })
  .meta({ id: "CameraGap", description: "Time a camera was wanted and not recorded" });

export const cameraThumbnailResource = z.object({ at: instant, url: z.string() }).meta({ id: "CameraThumbnail" });

/** A stretch of wall time. */
export const rangeQuery = z.object({
  from: z.iso.datetime({ offset: true }).meta({ description: "ISO 8601" }),
  to: z.iso.datetime({ offset: true }).meta({ description: "ISO 8601" }),
});

export const listSegmentsQuery = rangeQuery.partial().extend({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export const timelineResource = z
  .object({
    from: instant,
    to: instant,
    spans: z.array(z.object({ from: instant, to: instant })).meta({ description: "what is there" }),
    gaps: z.array(cameraGapResource),
    thumbnails: z.array(cameraThumbnailResource),
    bytes,
  })
  .meta({ id: "CameraTimeline" });
export type TimelineResource = z.infer<typeof timelineResource>;

export const cameraDays = z
  .object({
    days: z.array(
      z.object({
        day: z.string().meta({ description: "YYYY-MM-DD, UTC" }),
        recordedMs: z.int(),
        missingMs: z.int(),
        bytes,
        segments: z.int(),
      }),
    ),
  })
  .meta({ id: "CameraDays" });

export const pinRequest = rangeQuery.extend({ pinned: z.boolean() }).meta({ id: "PinCameraRange" });

export const exportRequest = rangeQuery
  .extend({ title: z.string().max(1000).transform(cleanTitle).optional() })
  .meta({ id: "ExportCameraRange" });
export type ExportRequest = z.infer<typeof exportRequest>;

/** The contract of the recording service: a camera that is recorded, or was. */
export const recordingStatus = z
  .object({
    camera_id: z.string(),
    camera_name: z.string(),
    rtsp_url: z.string(),
    status: z.string(),
    started_at: instant.nullable(),
    segment_count: z.int(),
    total_bytes: bytes,
    reservation_id: z.string().nullable(),
    last_segment_at: instant.nullable(),
  })
  .meta({ id: "CameraRecordingStatus" });
export type RecordingStatus = z.infer<typeof recordingStatus>;

export const recordingStatusList = z
  .object({
    total_recordings: z.int(),
    active_recordings: z.int(),
    total_segments: z.int(),
    total_bytes: bytes,
    recordings_by_camera: z.record(z.string(), recordingStatus),
  })
  .meta({ id: "CameraRecordingStatusList" });
