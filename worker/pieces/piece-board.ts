/**
 * The pieces of one long picture that several workers encode: a folder that all of them see. Nothing else is agreed upon
 * between them, so it goes on without Redis, and a worker that dies leaves what it has finished.
 *
 *     plan.json         what is to be made
 *     piece-3.claim     somebody is at it: written again every second, with how far it is
 *     piece-3.mp4       made and checked
 *     piece-3.failed    a helper could not make it; whoever compiles the recording tries, and answers for it
 *
 * Two workers may come to encode the same piece, after one of them seemed dead. Both make the same, each under a name of
 * its own, and whichever is ready moves it to its place.
 */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import type { VideoPlan } from "@/lib/media/compile-args";
import type { CutMatroska } from "@/lib/media/matroska-pieces";
import { syncFile, syncFolder } from "@/lib/server/storage/sync-folder";

/** What is to be made: one encoded picture, in pieces of one file. */
export interface PiecePlan {
  video: Pick<VideoPlan, "file" | "size" | "colors"> & { encode: NonNullable<VideoPlan["encode"]> };
  /** Of what is read. */
  cut: CutMatroska;
  /** Where the last picture ends in it, and the usual time from one to the next. Milliseconds. */
  endMs: number;
  stepMs: number;
}

/** What one worker says of the piece that it is at. */
interface ClaimNote {
  worker: string;
  /** From 0 to 1. */
  share: number;
  /** Grows with each writing, so that a claim that stands still can be told without comparing clocks. */
  beat: number;
}

const PLAN = "plan.json";
/** A claim that was not written again for so long is of a worker that died; it is written every second. */
const STALE_MS = 20_000;

export class PieceBoard {
  readonly folder: string;
  readonly plan: PiecePlan;
  /** Claims as they were seen, and since when they are the same, by this process' clock. */
  readonly #seen = new Map<number, { text: string; sinceMs: number }>();

  private constructor(folder: string, plan: PiecePlan) {
    this.folder = folder;
    this.plan = plan;
  }

  /**
   * Pieces that are there already, of an attempt before this one, are kept when they are of the same plan.
   *
   * @param folder absolute path; the folder around it must exist
   */
  static async create(folder: string, plan: PiecePlan): Promise<PieceBoard> {
    const before = await readPlan(folder);
    if (before === null || keyOf(before) !== keyOf(plan)) await fs.rm(folder, { recursive: true, force: true });
    await fs.mkdir(folder, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const names = await fs.readdir(folder);
    // Helpers may be at work still; what they could not do in the attempt before is tried again.
    for (const name of names.filter((each) => each.endsWith(".failed"))) await fs.rm(path.join(folder, name));
    await fs.writeFile(path.join(folder, `${PLAN}.new`), JSON.stringify(plan), { mode: 0o640 });
    await fs.rename(path.join(folder, `${PLAN}.new`), path.join(folder, PLAN));
    return new PieceBoard(folder, plan);
  }

  /** @returns null when there is nothing to be made there, or no longer */
  static async open(folder: string): Promise<PieceBoard | null> {
    const plan = await readPlan(folder);
    return plan === null ? null : new PieceBoard(folder, plan);
  }

  get pieces(): number {
    return this.plan.cut.pieces.length;
  }

  /** Absolute path of a piece that is made. */
  file(index: number): string {
    return path.join(this.folder, `piece-${index}.mp4`);
  }

  /**
   * Takes the first piece that nobody is at, or whoever was has died.
   *
   * @param options.isOwner takes also what helpers could not make
   * @returns null when there is none at the moment
   */
  async claim(worker: string, { isOwner }: { isOwner: boolean }): Promise<number | null> {
    const names = new Set(await fs.readdir(this.folder).catch(() => []));
    if (!names.has(PLAN)) return null;
    for (let index = 0; index < this.pieces; index += 1) {
      if (names.has(`piece-${index}.mp4`) || (names.has(`piece-${index}.failed`) && !isOwner)) continue;
      if (names.has(`piece-${index}.claim`)) {
        if (!(await this.#standsStill(index))) continue;
        await fs.rm(this.#claimFile(index), { force: true });
      }
      if (await this.#tryToClaim(index, worker)) return index;
    }
    return null;
  }

  async #tryToClaim(index: number, worker: string): Promise<boolean> {
    const note: ClaimNote = { worker, share: 0, beat: 0 };
    try {
      await fs.writeFile(this.#claimFile(index), JSON.stringify(note), { flag: "wx", mode: 0o640 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Somebody was quicker, or the recording is gone.
      if (code === "EEXIST" || code === "ENOENT") return false;
      throw error;
    }
    this.#seen.delete(index);
    // Made between the look into the folder and the claim.
    if (!(await exists(this.file(index)))) return true;
    await this.release(index);
    return false;
  }

  async #standsStill(index: number): Promise<boolean> {
    const text = await fs.readFile(this.#claimFile(index), "utf8").catch(() => "");
    const seen = this.#seen.get(index);
    const nowMs = performance.now();
    if (seen?.text === text) return nowMs - seen.sinceMs >= STALE_MS;
    this.#seen.set(index, { text, sinceMs: nowMs });
    return false;
  }

  /** Says how far a claimed piece is. @returns whether it is still this worker's */
  async beat(index: number, note: ClaimNote): Promise<boolean> {
    if ((await this.#note(index))?.worker !== note.worker) return false;
    const file = this.#claimFile(index);
    await fs.writeFile(`${file}.${note.worker}.part`, JSON.stringify(note), { mode: 0o640 });
    await fs.rename(`${file}.${note.worker}.part`, file);
    return true;
  }

  /** @param partFile absolute path of the piece as it was made, in the folder */
  async deliver(index: number, partFile: string): Promise<void> {
    await syncFile(partFile);
    await fs.rename(partFile, this.file(index));
    await syncFolder(this.folder);
    await this.release(index);
  }

  async release(index: number): Promise<void> {
    await fs.rm(this.#claimFile(index), { force: true });
  }

  /** A helper gives a piece up. */
  async leaveToOwner(index: number): Promise<void> {
    // The recording may be gone.
    await fs.writeFile(path.join(this.folder, `piece-${index}.failed`), "").catch(() => {});
    await this.release(index);
  }

  /** What is done of all pieces, from 0 to 1, by their lengths; with what is said of those that somebody is at. */
  async share(): Promise<number> {
    const names = new Set(await fs.readdir(this.folder).catch(() => []));
    let doneMs = 0;
    for (const [index, piece] of this.plan.cut.pieces.entries()) {
      const ms = (piece.untilMs ?? this.plan.endMs) - piece.fromMs;
      if (names.has(`piece-${index}.mp4`)) doneMs += ms;
      else if (names.has(`piece-${index}.claim`)) doneMs += ms * ((await this.#note(index))?.share ?? 0);
    }
    return doneMs / (this.plan.endMs - (this.plan.cut.pieces[0]?.fromMs ?? 0));
  }

  async isDone(): Promise<boolean> {
    const names = new Set(await fs.readdir(this.folder));
    return this.plan.cut.pieces.every((_, index) => names.has(`piece-${index}.mp4`));
  }

  async #note(index: number): Promise<ClaimNote | null> {
    try {
      return JSON.parse(await fs.readFile(this.#claimFile(index), "utf8")) as ClaimNote;
    } catch {
      return null; // gone, or being written
    }
  }

  #claimFile(index: number): string {
    return path.join(this.folder, `piece-${index}.claim`);
  }
}

async function readPlan(folder: string): Promise<PiecePlan | null> {
  try {
    return JSON.parse(await fs.readFile(path.join(folder, PLAN), "utf8")) as PiecePlan;
  } catch {
    return null;
  }
}

/** What the pieces look like depends on all of the plan but where the file lies: a repaired copy is another's in each attempt. */
function keyOf({ video: { file: _, ...video }, ...plan }: PiecePlan): string {
  return createHash("sha256").update(JSON.stringify({ video, plan })).digest("hex");
}

function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
