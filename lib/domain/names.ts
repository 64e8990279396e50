/**
 * Every name Tapedeck gives: recording ids, the files in a recording's folder, and the names of downloads.
 * Nothing a client sends is ever part of a path; ids are checked against {@link isRecordingId} before they become one.
 */
import type { TrackKind } from "@/lib/domain/recording-state";

/** A UUID in lower case (RFC 9562 §4), the only shape an id of ours has. */
const RECORDING_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isRecordingId(text: string): boolean {
  return RECORDING_ID.test(text);
}

/**
 * Name of a raw track in its recording's folder: `video.webm`, `audio.webm`, and for later takes `video-2.webm`.
 * The ending is part of the contract and says nothing of the container, which may be WebM, Matroska or MP4.
 */
export function trackFilename(kind: TrackKind, takeNumber: number): string {
  return takeNumber === 1 ? `${kind}.webm` : `${kind}-${takeNumber}.webm`;
}

/** Name of the file beside a track that holds when its chunks were handed over: `video.webm` → `video.clock.jsonl`. */
export function clockFilename(trackFilename: string): string {
  return trackFilename.replace(/\.[^.]+$/, ".clock.jsonl");
}

/**
 * Name of a file of a published stream: `{app}_{key's name}_{YYYYMMDD_HHMMSS_mmm}.flv`, in UTC. The key itself is a
 * secret and in no name.
 */
export function streamFilename(app: string, keyName: string, at: Date): string {
  const plain = (text: string) =>
    foldForSearch(text)
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40);
  const [date, time] = at.toISOString().replace(/[-:Z]/g, "").replace(".", "_").split("T");
  return `${plain(app) || "live"}_${plain(keyName) || "stream"}_${date}_${time}.flv`;
}

/** Name of the compiled file in its recording's folder. */
export function mp4Filename(recordingId: string): string {
  return `${recordingId}.mp4`;
}

/** Name of the file in a recording's folder with MPEG-4 Part 2, where a client of snapshots has asked for it. */
export const MP4V_FILENAME = "mp4v.mp4";

/** What the download of a recording of snapshots is called: `session_{session_id}_{YYYYMMDD_HHMMSS}.mp4`, in UTC. */
export function snapshotDownloadFilename(sessionId: string, at: Date): string {
  const [day, time] = at.toISOString().slice(0, 19).replace(/[-:]/g, "").split("T");
  return `session_${sessionId}_${day}_${time}.mp4`;
}

export const THUMBNAIL_FILENAME = "thumbnail.jpg";

/** Names of what is made beside the MP4, by the kind of output: lib/domain/extras. */
export const EXTRA_FILENAMES = {
  poster: "poster.jpg",
  strip: "strip.jpg",
  strip_vtt: "strip.vtt",
  waveform: "waveform.json",
  m4a: "sound.m4a",
  hls: "hls.m3u8",
  ...{ hls_1: "hls-1.mp4", hls_2: "hls-2.mp4", hls_3: "hls-3.mp4", hls_4: "hls-4.mp4" },
  ...{ hls_1_list: "hls-1.m3u8", hls_2_list: "hls-2.m3u8", hls_3_list: "hls-3.m3u8", hls_4_list: "hls-4.m3u8" },
} as const;

/** Name of the file in a recording's folder that says what the recording consists of: lib/protocol/manifest. */
export const MANIFEST_FILENAME = "manifest.json";

/**
 * What is compiled while a recording runs: the growing MP4, named after the run that writes it, and the index that says
 * where its segments are (lib/protocol/live-index). The MP4 gets the name of the compiled file when it is finished.
 */
export const LIVE_INDEX_FILENAME = "live.index.jsonl";

/** @param run eight hexadecimal digits */
export function liveMp4Filename(run: string): string {
  return `live-${run}.mp4`;
}

/** Whether a name is one that following a recording gives. */
export function isLiveFilename(filename: string): boolean {
  return /^live(-[0-9a-f]{8}\.mp4|\.index\.jsonl(\.[0-9a-f]{8})?)$/.test(filename);
}

/** Folder inside a recording's folder for files that are being made; whatever is in it may be removed at any time. */
export const WORK_FOLDER = "work";

const PIECES_PREFIX = "compile-pieces-";

/** Folder in the work folder for the pieces of a take's picture; it outlives an attempt to compile. */
export function piecesFolder(take: number): string {
  return `${PIECES_PREFIX}${take}`;
}

export function isPiecesFolder(name: string): boolean {
  return name.startsWith(PIECES_PREFIX);
}

export const MAX_TITLE_LENGTH = 200;

/**
 * A title as it is kept: one line without control characters, and without the marks that turn the direction of text
 * around (Unicode Standard Annex #9 §2, "Trojan Source"), trimmed.
 *
 * @returns the cleaned title, which may be empty; not shortened
 */
export function cleanTitle(text: string): string {
  return text
    .normalize("NFC")
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029]/gu, "")
    .toWellFormed()
    .replace(/\s+/gu, " ")
    .trim();
}

/**
 * Name for a download, from a title: safe on every file system, never empty, never hidden, at most 100 characters.
 *
 * @param title cleaned title
 * @param extension without the dot
 */
export function downloadFilename(title: string, extension: string): string {
  const base = Array.from(
    cleanTitle(title)
      .replace(/[<>:"/\\|?*]/g, "-")
      .replace(/^[.\s]+|[.\s]+$/g, ""),
  )
    .slice(0, 100)
    .join("")
    .trim();
  return `${base === "" || /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(base) ? "recording" : base}.${extension}`;
}

/** The title of a recording nobody named: `Recording 2026-11-21 14:05`, in UTC. */
export function defaultTitle(at: Date): string {
  return `Recording ${at.toISOString().slice(0, 16).replace("T", " ")}`;
}

/** What LIKE takes for a wildcard or an escape; Prisma hands them on, and SQLite has no way to escape them unasked. */
const LIKE_CHARACTERS: Readonly<Record<string, string>> = { "%": "\uff05", _: "\uff3f", "\\": "\uff3c" };

/**
 * A title or a search as it is compared: compatibility-decomposed, without accents, lower case, and with the characters
 * that mean something to SQL's LIKE replaced by their full-width forms, which NFKD leaves nowhere else.
 */
export function foldForSearch(text: string): string {
  return cleanTitle(text)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[%_\\]/g, (character) => LIKE_CHARACTERS[character] as string)
    .toLowerCase();
}
