/** Names of cameras and of the files in a camera's folder. What becomes part of a path is checked here first. */

/** Chosen by whoever adds the camera, or a UUID: no dots and no separators, so that it is no other path. */
const CAMERA_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function isCameraId(text: string): boolean {
  return CAMERA_ID.test(text);
}

const SEGMENT_FILENAME = /^(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.ts$/;

export function isSegmentFilename(text: string): boolean {
  return SEGMENT_FILENAME.test(text);
}

/** `%Y-%m-%d-%H-%M-%S.ts` in UTC, to the second. */
export function segmentFilename(startedAtMs: number): string {
  return `${new Date(startedAtMs).toISOString().slice(0, 19).replace(/[T:]/g, "-")}.ts`;
}

/** When a segment of that name began, in ms since the epoch; null when it is no segment's name. */
export function segmentTimeMs(filename: string): number | null {
  const match = SEGMENT_FILENAME.exec(filename);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Name of the file beside a segment that lists its key frames. */
export function indexFilename(segment: string): string {
  return segment.replace(/\.ts$/, ".keys");
}

/** Name of a thumbnail in the folder of thumbnails, to the second. */
export function cameraThumbnailFilename(atMs: number): string {
  return segmentFilename(atMs).replace(/\.ts$/, ".jpg");
}

export const CAMERA_THUMBNAILS_FOLDER = "thumbnails";
