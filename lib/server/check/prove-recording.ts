/** Proves one finished recording by its manifest: every file of it is there, byte for byte, and its rows say the same. */
import fs from "node:fs/promises";
import path from "node:path";
import { AppError } from "@/lib/domain/errors";
import { isRecordingId, MANIFEST_FILENAME } from "@/lib/domain/names";
import { type RecordingManifest, recordingManifest } from "@/lib/protocol/manifest";
import type { CheckContext } from "@/lib/server/check/check-context";
import { CHECKED_PARTS, type CheckedRecording, isSettled } from "@/lib/server/check/examine-recording";
import type { Finding, FindingCode } from "@/lib/server/check/finding";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

export interface Proof {
  /** Empty: proved. */
  findings: Finding[];
  /** Files that were read from their first byte to their last. */
  files: number;
  bytes: number;
  manifest: Pick<RecordingManifest, "writtenAt" | "takes" | "gaps">;
}

/** @throws {AppError} not_found when there is no such recording; unavailable while it is changing or has no manifest */
export async function proveRecording({ database, folder }: CheckContext, id: string): Promise<Proof> {
  const recording = isRecordingId(id)
    ? await database.recording.findUnique({ where: { id }, include: CHECKED_PARTS })
    : null;
  if (recording === null) throw new AppError("not_found", "recording_not_found", `There is no recording ${id}.`);
  if (recording.deletedAt !== null || !isSettled(recording.state)) {
    const state = recording.deletedAt === null ? recording.state : "being deleted";
    throw new AppError(
      "unavailable",
      "not_ready",
      `The recording is ${state}; it can be proved when nothing changes it.`,
    );
  }
  const manifest = await readManifest(folder.file(id, MANIFEST_FILENAME), id);
  const findings: Finding[] = [];
  let files = 0;
  let bytes = 0;
  const add = (code: FindingCode, filename: string, message: string, facts: Finding["facts"] = {}) =>
    findings.push({ code, recordingId: id, path: path.posix.join(id, filename), message, facts });

  /** @returns whether it is there and was read */
  const prove = async (filename: string, sizeBytes: number, sha256: string | null): Promise<void> => {
    const found = await folder.size(id, filename);
    if (found === null) return void add("file_missing", filename, "The manifest names it, and there is no file.");
    const facts = { manifestBytes: sizeBytes, sizeBytes: found };
    if (found !== sizeBytes) {
      return void add("file_differs", filename, `It has ${found} bytes, and the manifest says ${sizeBytes}.`, facts);
    }
    files += 1;
    bytes += found;
    const digest = await sha256OfFile(folder.file(id, filename));
    if (sha256 === null) add("manifest_differs", filename, "The manifest has no digest of it, so nothing is proved.");
    else if (digest !== sha256) {
      add("file_differs", filename, "Its SHA-256 is not the one of the manifest.", {
        sha256: digest,
        manifest: sha256,
      });
    }
  };

  for (const { filename, sizeBytes, sha256 } of manifest.outputs) await prove(filename, sizeBytes, sha256);
  for (const track of manifest.tracks) {
    const row = recording.tracks.find(({ filename }) => filename === track.filename);
    // The clean-up removes raw tracks after the manifest was written; the row says so.
    if (track.removedAt !== null || row?.removedAt != null) continue;
    await prove(track.filename, track.sizeBytes, track.sha256);
  }
  for (const message of differences(manifest, recording)) add("manifest_differs", MANIFEST_FILENAME, message);
  return { findings, files, bytes, manifest };
}

async function readManifest(file: string, id: string): Promise<RecordingManifest> {
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new AppError(
      "unavailable",
      "no_manifest",
      "The recording has no manifest: it was finished by a version that wrote none, or nothing of it ever came.",
    );
  }
  const manifest = recordingManifest.safeParse(parseJson(text));
  if (!manifest.success || manifest.data.recordingId !== id) {
    throw new AppError("unavailable", "manifest_unreadable", "The manifest cannot be read, so nothing can be proved.", {
      detail: manifest.error?.message ?? "it is of another recording",
    });
  }
  return manifest.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What the manifest and the rows say differently, as sentences. */
function differences(manifest: RecordingManifest, { tracks, outputs }: CheckedRecording): string[] {
  const said: string[] = [];
  const compare = (
    what: string,
    listed: { filename: string; sizeBytes: number; sha256: string | null }[],
    rows: { filename: string; sizeBytes: bigint; sha256: string | null }[],
  ) => {
    const names = new Set([...listed, ...rows].map(({ filename }) => filename));
    for (const filename of names) {
      const one = listed.find((each) => each.filename === filename);
      const row = rows.find((each) => each.filename === filename);
      if (one === undefined) said.push(`It does not name the ${what} ${filename}.`);
      else if (row === undefined) said.push(`It names the ${what} ${filename}, and no row does.`);
      else if (BigInt(one.sizeBytes) !== row.sizeBytes || (row.sha256 !== null && one.sha256 !== row.sha256)) {
        said.push(`Its size or digest of the ${what} ${filename} is not the one of the row.`);
      }
    }
  };
  compare("output", manifest.outputs, outputs);
  compare("track", manifest.tracks, tracks);
  return said;
}
