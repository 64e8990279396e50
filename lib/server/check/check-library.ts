/**
 * Verifies the recordings folder against the database. It may run beside everything else: rows are read before the disk,
 * and what does not agree is looked at again after a while; only what is still so is told.
 */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@/lib/domain/errors";
import { isRecordingId } from "@/lib/domain/names";
import type { CheckContext } from "@/lib/server/check/check-context";
import { examineCameras } from "@/lib/server/check/examine-cameras";
import { CHECKED_PARTS, type CheckedRecording, examineRecording } from "@/lib/server/check/examine-recording";
import { type Finding, keyOf } from "@/lib/server/check/finding";
import { type Entry, listFolder } from "@/lib/server/check/folder-contents";
import { CAMERAS_FOLDER } from "@/lib/server/storage/cameras-folder";

export interface CheckOptions {
  /** Reads every file. Without it, presence and sizes are compared. */
  deep?: boolean;
  /** What is waited for before the second look; 3 s when nothing is given. */
  settle?: () => Promise<unknown>;
}

export interface CheckReport {
  findings: Finding[];
  recordings: number;
  /** Files that rows name and that are there. */
  files: number;
  bytes: number;
}

/** Longer than anything takes between a file and its row while the database answers. */
const SETTLE_MS = 3000;
const PAGE = 200;

/**
 * @throws {AppError} unavailable when this cannot be the folder of this database: nothing can be said then
 */
export async function checkLibrary(
  context: CheckContext,
  { deep = false, settle = () => pause(SETTLE_MS) }: CheckOptions = {},
): Promise<CheckReport> {
  await checkFolder(context);
  const report: CheckReport = { findings: [], recordings: 0, files: 0, bytes: 0 };
  const suspects: Finding[] = [];
  for await (const recording of everyRecording(context)) {
    const { findings, files, bytes } = await examine(context, recording, deep);
    suspects.push(...findings);
    report.recordings += 1;
    report.files += files;
    report.bytes += bytes;
  }
  suspects.push(...(await findUnknown(context)));
  const cameras = await examineCameras(context);
  suspects.push(...cameras.findings);
  report.files += cameras.files;
  report.bytes += cameras.bytes;
  if (suspects.length > 0) {
    await settle();
    report.findings = await lookAgain(context, suspects, deep);
  }
  return report;
}

/** @returns those of the findings that are still so */
async function lookAgain(context: CheckContext, suspects: Finding[], deep: boolean): Promise<Finding[]> {
  const again: Finding[] = [];
  for (const id of new Set(suspects.map(({ recordingId }) => recordingId))) {
    if (id === null) continue;
    const recording = await context.database.recording.findUnique({ where: { id }, include: CHECKED_PARTS });
    if (recording !== null) again.push(...(await examine(context, recording, deep)).findings);
  }
  if (suspects.some(({ code }) => code === "unknown_entry" || code === "unknown_recording")) {
    again.push(...(await findUnknown(context)));
  }
  if (suspects.some((suspect) => suspect.path?.startsWith(`${CAMERAS_FOLDER}/`))) {
    again.push(...(await examineCameras(context)).findings);
  }
  const before = new Set(suspects.map(keyOf));
  return again.filter((finding) => before.has(keyOf(finding)));
}

async function examine(context: CheckContext, recording: CheckedRecording, deep: boolean) {
  try {
    return await examineRecording(context, recording, deep);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // A file that went away while it was read is looked at again; anything else of the disk is a finding.
    if (code === undefined) throw error;
    const unreadable: Finding = {
      code: "unreadable",
      recordingId: recording.id,
      path: recording.id,
      message: `It cannot be read: ${(error as Error).message}.`,
      facts: { error: code },
    };
    return { findings: [unreadable], files: 0, bytes: 0 };
  }
}

/** Folders and files beside the recordings. Names that begin with a dot are Tapedeck's own. */
async function findUnknown({ database, folder }: CheckContext): Promise<Finding[]> {
  const entries = [...((await listFolder(folder.root)) ?? new Map<string, Entry>()).values()];
  const findings: Finding[] = [];
  const ids: string[] = [];
  for (const { name, kind } of entries) {
    if (name.startsWith(".") || (kind === "folder" && name === CAMERAS_FOLDER)) continue;
    if (kind === "folder" && isRecordingId(name)) ids.push(name);
    else {
      const message = "It is none of Tapedeck's.";
      findings.push({ code: "unknown_entry", recordingId: null, path: name, message, facts: { kind } });
    }
  }
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE);
    const rows = await database.recording.findMany({ where: { id: { in: page } }, select: { id: true } });
    const known = new Set(rows.map(({ id }) => id));
    for (const id of page) {
      if (known.has(id)) continue;
      const message = "The database knows no such recording.";
      findings.push({ code: "unknown_recording", recordingId: id, path: id, message, facts: {} });
    }
  }
  return findings;
}

async function* everyRecording({ database }: CheckContext): AsyncGenerator<CheckedRecording> {
  let after = "";
  while (true) {
    const page = await database.recording.findMany({
      where: { id: { gt: after } },
      orderBy: { id: "asc" },
      include: CHECKED_PARTS,
      take: PAGE,
    });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? after;
  }
}

/** A folder that is not mounted, or another one, is not a folder whose files are all missing. */
async function checkFolder({ database, folder }: CheckContext): Promise<void> {
  // Rows before folders, and a folder is made before its row: what has a row has its folder by then.
  const rows = await database.recording.findMany({ where: { deletedAt: null }, select: { id: true }, take: PAGE });
  const entries = await listFolder(folder.root);
  if (entries === null) {
    throw new AppError("unavailable", "folder_missing", `There is no folder ${folder.root}. Is its disk mounted?`);
  }
  const [mark, installation] = await Promise.all([folder.readMark(), database.installation.findFirst()]);
  if (mark !== null && installation !== null && mark !== installation.id) {
    throw new AppError(
      "unavailable",
      "other_folder",
      `${folder.root} belongs to another installation than the database. Is another disk mounted there?`,
    );
  }
  if (rows.length > 1 && !rows.some(({ id }) => entries.has(id))) {
    throw new AppError(
      "unavailable",
      "other_folder",
      `None of the recordings of the database is in ${path.resolve(folder.root)}. Is its disk mounted?`,
    );
  }
}
