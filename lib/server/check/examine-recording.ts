/** Compares one recording's row with its folder. Reads only; what it finds of a live recording may be gone a moment later. */
import path from "node:path";
import {
  clockFilename,
  EXTRA_FILENAMES,
  isLiveFilename,
  LIVE_INDEX_FILENAME,
  MANIFEST_FILENAME,
  mp4Filename,
  WORK_FOLDER,
} from "@/lib/domain/names";
import type { RecordingState } from "@/lib/domain/recording-state";
import type { CheckContext } from "@/lib/server/check/check-context";
import type { Finding, FindingCode } from "@/lib/server/check/finding";
import { type Entry, listFolder } from "@/lib/server/check/folder-contents";
import { findStuck } from "@/lib/server/check/stuck";
import { tornBytes } from "@/lib/server/check/torn-tail";
import type { Prisma } from "@/lib/server/database/client";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

/** What of a recording's rows a check reads. */
export const CHECKED_PARTS = { tracks: true, outputs: true, extras: true } as const satisfies Prisma.RecordingInclude;
export type CheckedRecording = Prisma.RecordingGetPayload<{ include: typeof CHECKED_PARTS }>;
type CheckedTrack = CheckedRecording["tracks"][number];

export interface Examination {
  findings: Finding[];
  files: number;
  bytes: number;
}

/** A clock file of any track, whether there is one or not. */
const CLOCK_FILE = /^(video|audio)(-\d+)?\.clock\.jsonl$/;

const SETTLED_STATES: readonly string[] = ["stopped", "ready", "failed"] satisfies RecordingState[];

/** Whether a recording is in a state in which nobody writes into its folder. */
export function isSettled(state: string): boolean {
  return SETTLED_STATES.includes(state);
}

/** @param deep reads every file: digests, and whether tracks end whole */
export async function examineRecording(
  context: CheckContext,
  recording: CheckedRecording,
  deep: boolean,
): Promise<Examination> {
  return new Examiner(context, recording, deep).examine();
}

class Examiner {
  readonly #context: CheckContext;
  readonly #recording: CheckedRecording;
  readonly #deep: boolean;
  readonly #findings: Finding[] = [];
  #files = 0;
  #bytes = 0;

  constructor(context: CheckContext, recording: CheckedRecording, deep: boolean) {
    this.#context = context;
    this.#recording = recording;
    this.#deep = deep;
  }

  async examine(): Promise<Examination> {
    const { folder, config } = this.#context;
    const { id, deletedAt, tracks, outputs } = this.#recording;
    const stuck = findStuck(this.#recording, config);
    if (stuck !== null) this.#add(stuck.code, null, stuck.message);
    // While it is being deleted its files are there in part, as they should be.
    if (deletedAt === null) {
      const entries = await listFolder(folder.folder(id));
      if (entries === null) {
        this.#add("folder_missing", "", `It has ${tracks.length + outputs.length} files by its rows, and no folder.`);
      } else {
        for (const track of tracks) await this.#track(track, entries.get(track.filename));
        // A compilation moves its files to their names just before it writes their rows.
        if (this.#recording.state !== "compiling") await this.#outputs(entries);
        this.#others(entries);
        this.#total(entries);
      }
    }
    return { findings: this.#findings, files: this.#files, bytes: this.#bytes };
  }

  #add(code: FindingCode, name: string | null, message: string, facts: Finding["facts"] = {}): void {
    const { id } = this.#recording;
    this.#findings.push({
      code,
      recordingId: id,
      path: name === null ? null : path.posix.join(id, name),
      message,
      facts,
    });
  }

  async #track(track: CheckedTrack, entry: Entry | undefined): Promise<void> {
    const { filename, finishedAt, removedAt } = track;
    if (removedAt !== null) {
      if (entry !== undefined) {
        this.#add("removed_track_present", filename, "Its row says that it was removed, and it is there.", {
          sizeBytes: entry.sizeBytes,
        });
      }
      return;
    }
    if (entry === undefined || entry.kind !== "file") {
      this.#add("file_missing", filename, `Its row says ${words(track.sizeBytes)}, and there is no file.`, {
        rowBytes: Number(track.sizeBytes),
      });
      return;
    }
    this.#count(entry);
    if (finishedAt !== null) await this.#compare(track, entry);
    else this.#compareUnfinished(track, entry);
    if (this.#deep && this.#recording.state !== "recording" && entry.sizeBytes > 0) await this.#tail(filename);
  }

  #compareUnfinished({ filename, sizeBytes }: CheckedTrack, entry: Entry): void {
    const facts = { rowBytes: Number(sizeBytes), sizeBytes: entry.sizeBytes };
    if (BigInt(entry.sizeBytes) < sizeBytes) {
      const said = `It has ${words(entry.sizeBytes)}, and ${words(sizeBytes)} of it were durable.`;
      this.#add("track_shorter", filename, said, facts);
    } else if (BigInt(entry.sizeBytes) > sizeBytes && this.#isSettled) {
      const said = `It was not finished, has ${words(entry.sizeBytes)}, and its row says ${words(sizeBytes)}.`;
      this.#add("track_size_stale", filename, said, facts);
    }
  }

  async #outputs(entries: ReadonlyMap<string, Entry>): Promise<void> {
    const { id, outputs, state } = this.#recording;
    for (const output of outputs) {
      const entry = entries.get(output.filename);
      if (entry === undefined || entry.kind !== "file") {
        this.#add("file_missing", output.filename, `Its row says ${words(output.sizeBytes)}, and there is no file.`, {
          rowBytes: Number(output.sizeBytes),
        });
        continue;
      }
      this.#count(entry);
      await this.#compare(output, entry);
    }
    if (state === "ready" && !outputs.some(({ kind }) => kind === "mp4")) {
      this.#add("ready_without_file", mp4Filename(id), "It counts as ready, and no row names a finished file.");
    }
  }

  /** A file that is finished: its size and, when everything is read, its digest. */
  async #compare(
    { filename, sizeBytes, sha256 }: { filename: string; sizeBytes: bigint; sha256: string | null },
    entry: Entry,
  ): Promise<void> {
    const facts = { rowBytes: Number(sizeBytes), sizeBytes: entry.sizeBytes };
    if (BigInt(entry.sizeBytes) !== sizeBytes) {
      const said = `It has ${words(entry.sizeBytes)}, and its row says ${words(sizeBytes)}.`;
      this.#add("file_differs", filename, said, facts);
    } else if (this.#deep && sha256 !== null) {
      const found = await sha256OfFile(this.#context.folder.file(this.#recording.id, filename));
      if (found === sha256) return;
      const said = `Its SHA-256 is ${found.slice(0, 12)}…, and its row says ${sha256.slice(0, 12)}….`;
      this.#add("file_differs", filename, said, { ...facts, sha256: found, rowSha256: sha256 });
    }
  }

  async #tail(filename: string): Promise<void> {
    const torn = await tornBytes(this.#context.folder.file(this.#recording.id, filename));
    if (torn === null) this.#add("track_unreadable", filename, "It is neither Matroska nor MP4 nor FLV.");
    else if (torn > 0) {
      const said = `Its last ${words(torn)} are no whole element; whoever reads it leaves them out.`;
      this.#add("track_torn", filename, said, { tornBytes: torn });
    }
  }

  /** What no row names. */
  #others(entries: ReadonlyMap<string, Entry>): void {
    const { tracks, outputs } = this.#recording;
    const known = new Set<string>([MANIFEST_FILENAME, LIVE_INDEX_FILENAME, ...outputs.map(({ filename }) => filename)]);
    for (const { filename, removedAt } of tracks) {
      known.add(filename);
      if (removedAt === null) known.add(clockFilename(filename));
    }
    // The files of a compilation that is about to write their rows.
    const isCompiling = this.#recording.state === "compiling";
    // Extras are made of recordings that are settled, and published as compilations are.
    const isMakingExtras = this.#recording.extras.some(({ state }) => state === "waiting");
    for (const { name, kind, sizeBytes } of entries.values()) {
      if (known.has(name) || isCompiling || (isMakingExtras && isOfExtra(name))) continue;
      // Whoever follows it, or compiles it next, removes what is left of it.
      if (isLiveFilename(name) && !["ready", "failed"].includes(this.#recording.state)) continue;
      if (name === WORK_FOLDER && kind === "folder") {
        if (this.#isSettled && !isMakingExtras)
          this.#add("work_left", name, "It holds files of a compilation that is over.");
      } else if (CLOCK_FILE.test(name)) {
        this.#add("clock_without_track", name, "It is the clock of a track that is not there.", { sizeBytes });
      } else {
        this.#add("unknown_file", name, "No row names it.", { sizeBytes });
      }
    }
  }

  #total(entries: ReadonlyMap<string, Entry>): void {
    if (!this.#isSettled) return;
    const { tracks, outputs, sizeBytes } = this.#recording;
    let total = outputs.reduce((sum, output) => sum + output.sizeBytes, 0n);
    for (const { filename, removedAt } of tracks) {
      if (removedAt === null) total += BigInt(entries.get(filename)?.sizeBytes ?? 0);
    }
    if (total === sizeBytes) return;
    this.#add("total_size_stale", null, `All files are ${words(total)}, and its row says ${words(sizeBytes)}.`, {
      rowBytes: Number(sizeBytes),
      sizeBytes: Number(total),
    });
  }

  get #isSettled(): boolean {
    return isSettled(this.#recording.state);
  }

  #count({ sizeBytes }: Entry): void {
    this.#files += 1;
    this.#bytes += sizeBytes;
  }
}

/** Whether a file may be one that is made beside the MP4. */
function isOfExtra(name: string): boolean {
  return (Object.values(EXTRA_FILENAMES) as string[]).includes(name);
}

function words(bytes: number | bigint): string {
  return bytes === 1 || bytes === 1n ? "1 byte" : `${bytes.toLocaleString("en")} bytes`;
}
