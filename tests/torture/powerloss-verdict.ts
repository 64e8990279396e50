/** Recovers from one state of the disk after a power cut as the product does, and says what of its promises was broken. */
import { trackFilename } from "@/lib/domain/names";
import type { CheckContext } from "@/lib/server/check/check-context";
import type { CheckedRecording } from "@/lib/server/check/examine-recording";
import { examineRecording } from "@/lib/server/check/examine-recording";
import type { FindingCode } from "@/lib/server/check/finding";
import type { Services } from "@/lib/server/services";
import { TrackWriter } from "@/lib/server/storage/track-writer";
import { ModelDisk, type Tree } from "@/tests/torture/powerloss-disk";
import { mount } from "@/tests/torture/powerloss-file-system";
import { type Facts, sourceOf } from "@/tests/torture/powerloss-world";

export interface Verdict {
  lostBytes: number;
  duplicatedBytes: number;
  /** Recordings that cannot go on, or whose deletion cannot be finished. */
  stuck: number;
  /** Sentences: a promise of docs/invariants.md that does not hold. */
  broken: string[];
  /** Tracks whose unacknowledged end is not what was sent; the digest at the end says so. */
  noticed: number;
  /** Something is there that no row names: nothing is lost, and bin/check finds it. */
  leftOver: number;
}

/** Nothing is missing: what is too much, or what only bin/check and upkeep put right. */
const LEFT_OVER: readonly FindingCode[] = [
  "unknown_file",
  "clock_without_track",
  "removed_track_present",
  "work_left",
  "track_size_stale",
  "total_size_stale",
];

type Folder = Services["folder"];

export async function judge(tree: Tree, facts: Facts, folder: Folder, config: Services["config"]): Promise<Verdict> {
  const verdict: Verdict = { lostBytes: 0, duplicatedBytes: 0, stuck: 0, broken: [], noticed: 0, leftOver: 0 };
  const ids = new Set(facts.rows.map(({ id }) => id));
  for (const name of tree.keys()) {
    if (ids.has(name)) continue;
    // The row goes last: once it has gone, nothing would ever remove what is still there.
    if (facts.deleted.includes(name)) verdict.broken.push("a recording that was deleted is there again");
    // The folder comes first: bin/check finds one that never got its row.
    else verdict.leftOver += 1;
  }
  const disk = new ModelDisk(tree);
  mount(disk);
  for (const row of facts.rows) await judgeRecording(row, disk, facts, { folder, config }, verdict);
  return verdict;
}

async function judgeRecording(
  row: CheckedRecording,
  disk: ModelDisk,
  facts: Facts,
  { folder, config }: { folder: Folder; config: Services["config"] },
  verdict: Verdict,
): Promise<void> {
  if (row.deletedAt !== null) {
    await folder.removeRecording(row.id);
    if (disk.find([row.id]) !== null) {
      verdict.stuck += 1;
      verdict.broken.push("a deletion cannot be finished");
    }
    return;
  }
  const context = { folder, config } as unknown as CheckContext;
  const { findings } = await examineRecording(context, row, true);
  for (const { code, message } of findings) {
    if (code === "track_torn" || code === "track_unreadable") continue;
    if (LEFT_OVER.includes(code)) verdict.leftOver += 1;
    else verdict.broken.push(`${code}: ${message}`);
  }
  for (const track of row.tracks) {
    if (track.removedAt === null) await goOn(row, track, disk, facts, folder, verdict);
  }
  if (row.state === "compiling") await compileAgain(row, disk, folder, verdict);
}

/** The source comes back, is told an offset, and sends the rest. */
async function goOn(
  { id }: CheckedRecording,
  { kind, takeNumber, finishedAt }: CheckedRecording["tracks"][number],
  disk: ModelDisk,
  { acknowledged }: Facts,
  folder: Folder,
  verdict: Verdict,
): Promise<void> {
  const filename = trackFilename(kind as "video", takeNumber);
  const source = sourceOf(kind, takeNumber);
  const bytesNow = () => {
    const node = disk.find([id, filename]);
    return node?.kind === "file" ? Buffer.from(node.bytes) : Buffer.alloc(0);
  };
  const before = bytesNow();
  const promised = finishedAt === null ? (acknowledged[`${id}/${filename}`] ?? 0) : source.length;
  const lost = differing(before, source, promised);
  if (lost > 0) {
    verdict.lostBytes += lost;
    verdict.broken.push(`${lost} of ${promised} acknowledged bytes are lost`);
    return;
  }
  if (finishedAt !== null) return;
  const writer = await TrackWriter.open(folder.file(id, filename), {
    syncIntervalMs: 1000,
    onDurable: () => {},
    onFailure: () => {},
    held: { fromOffset: promised, endOffset: source.length },
  });
  try {
    if (writer.durableOffset > source.length) {
      verdict.duplicatedBytes += writer.durableOffset - source.length;
      verdict.broken.push("the track is longer than what was sent");
      return;
    }
    writer.append(writer.durableOffset, [source.subarray(writer.durableOffset)]);
    await writer.flush();
  } catch {
    verdict.stuck += 1;
    verdict.broken.push("a track cannot go on");
  } finally {
    await writer.close();
  }
  const after = bytesNow();
  if (after.equals(source)) return;
  verdict.duplicatedBytes += Math.max(0, after.length - source.length);
  // Its source had the rest: only a digest would tell.
  verdict.noticed += 1;
}

/** A worker takes the compilation up again and publishes. */
async function compileAgain(
  { id }: CheckedRecording,
  disk: ModelDisk,
  folder: Folder,
  verdict: Verdict,
): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  try {
    await folder.removeWorkFolder(id);
    const work = await folder.makeWorkFolder(id, "compile-2");
    await writeFile(`${work}/again`, "again");
    await folder.publish(`${work}/again`, id, `${id}.mp4`);
    const published = disk.find([id, `${id}.mp4`]);
    if (published?.kind === "file" && Buffer.from(published.durable).toString() === "again") return;
  } catch {
    // Told below.
  }
  verdict.stuck += 1;
  verdict.broken.push("a compilation cannot be made again");
}

/** Bytes of `[0, length)` that are not there or are others. */
function differing(found: Buffer, expected: Buffer, length: number): number {
  let count = 0;
  for (let at = 0; at < length; at += 1) if (found[at] !== expected[at]) count += 1;
  return count;
}
