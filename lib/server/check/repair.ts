/**
 * Mends what a check found: rows are brought in line with what is there, what is missing is made again where that can
 * be, and what does not belong where it is goes into quarantine. Nothing is deleted, and a recording that is recording or
 * compiling is not touched.
 *
 * Each change asks for the state it was decided on; between two changes the process may die anywhere, and the next check
 * finds what is left to do.
 */
import path from "node:path";
import { clockFilename, mp4Filename } from "@/lib/domain/names";
import type { CheckContext } from "@/lib/server/check/check-context";
import { CHECKED_PARTS, type CheckedRecording } from "@/lib/server/check/examine-recording";
import type { Finding } from "@/lib/server/check/finding";
import { lastChangedMs } from "@/lib/server/check/folder-contents";
import { Quarantine } from "@/lib/server/check/quarantine";
import { isMissingRow } from "@/lib/server/database/client";
import { noteSizes } from "@/lib/server/recordings/lifecycle";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

export interface Repair {
  finding: Finding;
  /** `mended`: it is as it should be. `moved`: it is in quarantine. `left`: it is as it was. */
  outcome: "mended" | "moved" | "left";
  /** What was done, or why nothing was. */
  message: string;
}

/**
 * What no row names is moved only when it has not changed for this long: a folder is made before its row, and the
 * database may be away in between.
 */
const UNKNOWN_AGE_MS = 10 * 60_000;

/** @param findings of a check, each of which was looked at twice */
export async function repair(context: CheckContext, findings: Finding[], nowMs = Date.now()): Promise<Repair[]> {
  const repairer = new Repairer(context, nowMs);
  const repairs: Repair[] = [];
  for (const group of byRecording(findings)) repairs.push(...(await repairer.repairGroup(group)));
  return repairs;
}

function byRecording(findings: Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = finding.recordingId ?? `/${finding.path}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

type Outcome = Pick<Repair, "outcome" | "message">;
const mended = (message: string): Outcome => ({ outcome: "mended", message });
const left = (message: string): Outcome => ({ outcome: "left", message });

const LIVE = left("It is recording or compiling, and is not touched.");
const MISSING = left("Nothing here can replace it. Restore it from a backup, or delete the recording.");

class Repairer {
  readonly #context: CheckContext;
  readonly #quarantine: Quarantine;
  readonly #nowMs: number;

  constructor(context: CheckContext, nowMs: number) {
    this.#context = context;
    this.#quarantine = new Quarantine(context.folder.root, () => new Date(nowMs));
    this.#nowMs = nowMs;
  }

  async repairGroup(findings: Finding[]): Promise<Repair[]> {
    const repairs: Repair[] = [];
    // Tracks first and the finished file after all others: what is done about it depends on them. The total comes last.
    for (const finding of [...findings].sort((a, b) => orderOf(a) - orderOf(b))) {
      repairs.push({ finding, ...(await this.#repairOne(finding, findings)) });
    }
    const id = findings[0]?.recordingId ?? null;
    if (id !== null && repairs.some(({ outcome }) => outcome !== "left") && (await this.#settled(id)) !== null) {
      await noteSizes(this.#context, id);
    }
    return repairs;
  }

  async #repairOne(finding: Finding, all: Finding[]): Promise<Outcome> {
    const { code, recordingId } = finding;
    if (code === "unknown_entry" || code === "unknown_recording") return this.#moveUnknown(finding);
    if (recordingId === null) return left("There is nothing to mend it with.");
    if (code === "track_torn" || code === "track_unreadable") return left("It is kept as it came.");
    if (code === "stuck") return left("It moves on by itself when a worker runs.");
    if (code === "unreadable") return left("Look at the disk and at the rights of its files.");
    const recording = await this.#settled(recordingId);
    if (recording === null) return LIVE;
    switch (code) {
      case "unknown_file":
      case "work_left":
        return this.#moveUnknown(finding);
      case "clock_without_track":
      case "removed_track_present":
        return this.#move(finding, null);
      case "track_size_stale":
      case "track_shorter":
      case "total_size_stale":
        await noteSizes(this.#context, recordingId);
        return mended("The row says what is there.");
      case "folder_missing":
        return this.#makeFolder(recording);
      case "state_unknown":
      case "ready_without_file":
        return this.#makeAnew(recording, finding, all);
      default:
        return this.#replace(recording, finding, all);
    }
  }

  /** The recording, when nobody works on it; null: somebody may, or it is gone. */
  async #settled(id: string): Promise<CheckedRecording | null> {
    const recording = await this.#context.database.recording.findUnique({ where: { id }, include: CHECKED_PARTS });
    if (recording === null || recording.deletedAt !== null) return null;
    return recording.state === "recording" || recording.state === "compiling" ? null : recording;
  }

  async #move({ path: from, code, message }: Finding, row: Record<string, unknown> | null): Promise<Outcome> {
    try {
      const to = await this.#quarantine.take(from as string, { code, message, row });
      return { outcome: "moved", message: `It is in ${to}.` };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return left(`It could not be moved: ${(error as Error).message}.`);
    }
  }

  /** The clock of a track that counts as removed now. */
  async #moveClock(recordingId: string, trackFilename: string): Promise<void> {
    const filename = clockFilename(trackFilename);
    if ((await this.#context.folder.size(recordingId, filename)) === null) return;
    const message = "It is the clock of a track that was put aside or is missing.";
    const at = path.posix.join(recordingId, filename);
    await this.#quarantine.take(at, { code: "clock_without_track", message, row: null });
  }

  async #moveUnknown(finding: Finding): Promise<Outcome> {
    const { database, folder } = this.#context;
    const changedMs = await lastChangedMs(path.join(folder.root, finding.path as string));
    if (changedMs === null) return mended("It has gone.");
    if (this.#nowMs - changedMs < UNKNOWN_AGE_MS) {
      return left("It changed within the last ten minutes, so somebody may be at work on it. Repair again later.");
    }
    if (finding.code === "unknown_recording") {
      const id = finding.recordingId as string;
      if ((await database.recording.count({ where: { id } })) > 0) return mended("The database knows it now.");
    }
    return this.#move(finding, null);
  }

  async #makeFolder({ id, tracks, outputs }: CheckedRecording): Promise<Outcome> {
    if (tracks.some(({ removedAt }) => removedAt === null) || outputs.length > 0) return MISSING;
    await this.#context.folder.create(id);
    return mended("Nothing was ever in it; it was made.");
  }

  /** A file that is missing or is not what its row says. */
  async #replace(recording: CheckedRecording, finding: Finding, all: Finding[]): Promise<Outcome> {
    const filename = path.posix.basename(finding.path as string);
    const output = recording.outputs.find((each) => each.filename === filename);
    if (output?.kind === "mp4") return this.#makeAnew(recording, finding, all);
    if (output !== undefined) return this.#dropOutput(recording, finding, output);
    const track = recording.tracks.find((each) => each.filename === filename);
    if (track === undefined) return mended("No row names it any more.");
    const where = {
      recordingId_takeNumber_kind: { recordingId: recording.id, takeNumber: track.takeNumber, kind: track.kind },
    };
    if (await this.#hasWholeFile(recording)) {
      // Row before file, as the clean-up does it.
      await this.#context.database.track.update({ where, data: { removedAt: new Date(this.#nowMs) } });
      await this.#moveClock(recording.id, filename);
      if (finding.code !== "file_missing") return this.#move(finding, track);
      return mended("The finished file is whole; the track counts as removed.");
    }
    if (finding.code === "file_missing") return MISSING;
    // The only copy there is. Compiling leaves out what is damaged, so it stays and its row tells the truth.
    const file = this.#context.folder.file(recording.id, filename);
    const sha256 = await sha256OfFile(file);
    const sizeBytes = BigInt((await this.#context.folder.size(recording.id, filename)) ?? 0);
    await this.#context.database.track.update({ where, data: { sizeBytes, sha256 } });
    return mended("It is the only copy, so it stays, and its row says what is there.");
  }

  /** A thumbnail or the like: its row goes, and the next compilation makes another. */
  async #dropOutput(
    { id, state }: CheckedRecording,
    finding: Finding,
    output: CheckedRecording["outputs"][number],
  ): Promise<Outcome> {
    const { database } = this.#context;
    const { count } = await database.recording.updateMany({ where: { id, state, deletedAt: null }, data: { state } });
    if (count === 0) return LIVE;
    await database.output.deleteMany({ where: { recordingId: id, kind: output.kind, sha256: output.sha256 } });
    if (finding.code !== "file_missing") return this.#move(finding, output);
    return mended("Its row is gone; the next compilation makes another.");
  }

  /** A finished file that is not there whole: compiled again from the tracks, or, without them, written down as failed. */
  async #makeAnew(recording: CheckedRecording, finding: Finding, all: Finding[]): Promise<Outcome> {
    const { id, state, tracks, outputs } = recording;
    const mp4 = outputs.find(({ kind }) => kind === "mp4");
    const canCompile =
      tracks.some(({ sizeBytes }) => sizeBytes > 0n) &&
      tracks.every(({ filename, removedAt }) => {
        const isFound = all.some(
          ({ code, path: at }) => code === "file_missing" && at === path.posix.join(id, filename),
        );
        return removedAt === null && !isFound;
      });
    // The file may come back from a backup, and then everything is well.
    if (finding.code === "file_missing" && !canCompile) return MISSING;
    const now = new Date(this.#nowMs);
    const failure = {
      state: "failed",
      failureCode: "file_damaged",
      failureMessage: "The finished file was damaged or lost, and there is nothing left to make it from.",
    };
    try {
      await this.#context.database.recording.update({
        where: { id, state, deletedAt: null },
        data: {
          ...(canCompile ? { state: "stopped", compileRequestedAt: now, compileAttempts: 0 } : failure),
          // So that retention, which counts from when it was stopped, does not take it before somebody has looked.
          pinned: true,
          ...(mp4 === undefined ? {} : { outputs: { deleteMany: { kind: mp4.kind } } }),
        },
      });
    } catch (error) {
      if (isMissingRow(error)) return LIVE;
      throw error;
    }
    const said = canCompile
      ? "It is compiled again from its tracks, and pinned."
      : "The recording counts as failed, and is pinned.";
    if (finding.code !== "file_differs") return mended(said);
    const moved = await this.#move(finding, mp4 ?? null);
    return { ...moved, message: `${said} ${moved.message}` };
  }

  /** Whether the finished file is there and is, byte for byte, what its row says. */
  async #hasWholeFile({ id, state, outputs }: CheckedRecording): Promise<boolean> {
    const { folder } = this.#context;
    const mp4 = outputs.find(({ kind }) => kind === "mp4");
    if (state !== "ready" || mp4 === undefined || mp4.filename !== mp4Filename(id)) return false;
    const sizeBytes = await folder.size(id, mp4.filename);
    if (sizeBytes === null || BigInt(sizeBytes) !== mp4.sizeBytes) return false;
    return (await sha256OfFile(folder.file(id, mp4.filename))) === mp4.sha256;
  }
}

function orderOf({ code, path: at }: Finding): number {
  if (code === "total_size_stale") return 3;
  if (code === "ready_without_file" || at?.endsWith(".mp4")) return 2;
  return at?.endsWith(".webm") ? 0 : 1;
}
