/**
 * The one door through which bytes of media leave: whoever wants a file of a recording asks here, and gets its path
 * only when the principal may have it.
 */
import { AppError } from "@/lib/domain/errors";
import { downloadFilename } from "@/lib/domain/names";
import type { Principal } from "@/lib/server/auth/authenticate";
import { findOwned } from "@/lib/server/recordings/find";
import type { Services } from "@/lib/server/services";

/** Which file: something made from the recording, or a raw track by its name on disk. */
export type MediaRequest = { output: "mp4" | "mp4v" | "thumbnail"; downloadName?: string } | { track: string };

export interface Media {
  /** Absolute path. */
  file: string;
  contentType: string;
  /** Strong validator (RFC 9110 §8.8.3): the digest of the content; null when it is not known yet. */
  etag: string | null;
  /** Name for a download, from the title. */
  downloadName: string;
}

/**
 * @throws {AppError} not_found when the recording or file does not exist or belongs to another; conflict with a reason
 *   while the MP4 is not ready
 */
export async function openMedia(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
  request: MediaRequest,
): Promise<Media> {
  const recording = await findOwned(services, principal, recordingId);
  if ("track" in request) {
    const track = recording.tracks.find(({ filename, removedAt }) => filename === request.track && removedAt === null);
    if (track === undefined) throw new AppError("not_found", "track_not_found", "There is no such track.");
    const isMp4 = track.mimeType?.includes("mp4") ?? false;
    return {
      file: services.folder.file(recordingId, track.filename),
      // Never what the source claims: only these two can come out.
      contentType: isMp4 ? `${track.kind}/mp4` : `${track.kind}/webm`,
      etag: track.sha256 === null ? null : `"${track.sha256}"`,
      downloadName: downloadFilename(`${recording.title} ${track.filename.split(".")[0]}`, isMp4 ? "mp4" : "webm"),
    };
  }
  const output = recording.outputs.find(({ kind }) => kind === request.output);
  // While a recording is compiled anew its rows still speak of the file before; only the state says what is whole.
  const isFilm = request.output !== "thumbnail";
  if (output === undefined || (isFilm && recording.state !== "ready")) {
    throw isFilm ? notReady(recording) : new AppError("not_found", "output_not_found", "There is no such file.");
  }
  return {
    file: services.folder.file(recordingId, output.filename),
    contentType: output.contentType,
    etag: `"${output.sha256}"`,
    downloadName: request.downloadName ?? downloadFilename(recording.title, output.filename.split(".").at(-1) ?? "bin"),
  };
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
