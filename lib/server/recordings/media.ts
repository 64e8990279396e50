/**
 * The one door through which bytes of media leave: whoever wants a file of a recording asks here, and gets its path
 * only when the viewer may have it: its owner everything, the holder of a share link what is to be watched.
 */
import { AppError } from "@/lib/domain/errors";
import { ADAPTIVE_OUTPUTS, type AdaptiveOutput, isOutputOf, PREVIEW_OUTPUTS, SOUND_OUTPUT } from "@/lib/domain/extras";
import { downloadFilename, isLiveFilename } from "@/lib/domain/names";
import { hasNoFileYet } from "@/lib/domain/recording-state";
import type { ShareHolder, Viewer } from "@/lib/server/auth/share-access";
import { findViewable } from "@/lib/server/recordings/find";
import type { Services } from "@/lib/server/services";

/**
 * Which file: something made from the recording, a raw track by its name on disk, or what is compiled while it runs (the
 * live index, or the MP4 that it names).
 */
export type MediaRequest =
  | { output: "mp4" | "mp4v" | "thumbnail" | (typeof PREVIEW_OUTPUTS)[number] | typeof SOUND_OUTPUT | AdaptiveOutput }
  | { track: string }
  | { live: string };

export interface Media {
  /** Absolute path; where it would be, when it has moved to the object store. */
  file: string;
  /** Where it is, when it is not on this disk any more. */
  object?: { key: string; sizeBytes: number };
  contentType: string;
  /** Strong validator (RFC 9110 §8.8.3): the digest of the content; null when it is not known yet. */
  etag: string | null;
  /** Name for a download, from the title. */
  downloadName: string;
}

/** Outputs that a share link opens. What is not listed is the owner's alone. */
const SHARED_OUTPUTS: ReadonlySet<string> = new Set(["mp4", "thumbnail", ...PREVIEW_OUTPUTS, ...ADAPTIVE_OUTPUTS]);
/** Outputs that are there to be kept: a link opens them when it allows downloads. */
const SHARED_DOWNLOADS: ReadonlySet<string> = new Set([SOUND_OUTPUT]);

/** Whether a share link opens this output of its recording. */
export function isShared(kind: string, { mayDownload }: ShareHolder): boolean {
  return SHARED_OUTPUTS.has(kind) || (mayDownload && SHARED_DOWNLOADS.has(kind));
}

/**
 * @param isDownload it is asked for to be kept, not to be watched
 * @throws {AppError} not_found when the recording or file does not exist, belongs to another or is not shared;
 *   forbidden when a link allows no downloads; conflict with a reason while the MP4 is not ready
 */
export async function openMedia(
  services: Services,
  viewer: Viewer,
  recordingId: string,
  request: MediaRequest,
  isDownload: boolean,
): Promise<Media> {
  const recording = await findViewable(services, viewer, recordingId);
  if (isDownload && viewer.via === "share" && !viewer.mayDownload) {
    throw new AppError("forbidden", "download_not_allowed", "This link is for watching, not for downloading.");
  }
  if ("track" in request) {
    if (viewer.via === "share") throw new AppError("not_found", "track_not_found", "There is no such track.");
    const track = recording.tracks.find(({ filename, removedAt }) => filename === request.track && removedAt === null);
    if (track === undefined) throw new AppError("not_found", "track_not_found", "There is no such track.");
    const isMp4 = track.mimeType?.includes("mp4") ?? false;
    const isFlv = track.filename.endsWith(".flv");
    return {
      file: services.folder.file(recordingId, track.filename),
      // Never what the source claims: only these can come out.
      contentType: isFlv ? "video/x-flv" : isMp4 ? `${track.kind}/mp4` : `${track.kind}/webm`,
      etag: track.sha256 === null ? null : `"${track.sha256}"`,
      downloadName: downloadFilename(
        `${recording.title} ${track.filename.split(".")[0]}`,
        isFlv ? "flv" : isMp4 ? "mp4" : "webm",
      ),
    };
  }
  if ("live" in request) {
    if (!isLiveFilename(request.live) || !hasNoFileYet(recording.state)) throw notLive();
    return {
      file: services.folder.file(recordingId, request.live),
      contentType: "video/mp4",
      etag: null,
      downloadName: downloadFilename(recording.title, "mp4"),
    };
  }
  const output = recording.outputs.find(
    ({ kind }) => kind === request.output && (viewer.via !== "share" || isShared(kind, viewer)),
  );
  // While a recording is compiled anew its rows still speak of the file before; only the state says what is whole.
  const isFilm = request.output === "mp4" || request.output === "mp4v";
  if (output === undefined || (isFilm && recording.state !== "ready")) {
    throw isFilm ? notReady(recording) : new AppError("not_found", "output_not_found", "There is no such file.");
  }
  return {
    file: services.folder.file(recordingId, output.filename),
    contentType: output.contentType,
    etag: `"${output.sha256}"`,
    downloadName: downloadFilename(titleOf(recording.title, output), output.filename.split(".").at(-1) ?? "bin"),
  };
}

/** A resolution is told from the others by its lines, as everybody calls it: `Talk 720p`. */
function titleOf(
  title: string,
  { kind, width, height }: { kind: string; width: number | null; height: number | null },
) {
  if (!isOutputOf("adaptive", kind) || width === null || height === null) return title;
  return `${title} ${Math.min(width, height)}p`;
}

export function notLive(): AppError {
  return new AppError("not_found", "not_live", "There is nothing of the recording to watch at the moment.");
}

const NOT_READY: Record<string, string> = {
  recording: "The recording is still running.",
  stopped: "The recording has not been compiled yet.",
  compiling: "The recording is being compiled.",
};

function notReady({ state, failureMessage }: { state: string; failureMessage: string | null }): AppError {
  const message =
    state === "failed" ? `The recording could not be compiled. ${failureMessage ?? ""}`.trim() : NOT_READY[state];
  return new AppError("conflict", "not_ready", message ?? "The recording is not ready.", { facts: { state } });
}
