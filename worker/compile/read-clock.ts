/** Reads the clock file beside a track: when each of its chunks was handed over. */
import fs from "node:fs/promises";
import type { ClockPoint } from "@/lib/media/track-timeline";
import { clockLine } from "@/lib/protocol/ingest";

export interface TrackClock {
  /** Whose clock it is. Points of two tracks can be compared when it is the same. */
  clock: "page" | "server";
  browser: string;
  points: ClockPoint[];
}

/** Four chunks a second for 48 hours, and then some; an hour settles the estimate as well. */
const MAX_POINTS = 1_000_000;

/**
 * The points of the first clock in the file, ascending. A clock that goes back is another one (the page was loaded
 * anew, or the server restarted), and what follows is of no use with what came before.
 *
 * @returns null when there is no such file or nothing in it
 */
export async function readClock(file: string): Promise<TrackClock | null> {
  const handle = await fs.open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  let result: TrackClock | null = null;
  // Reading to the end, or breaking off, closes the file.
  for await (const text of handle.readLines()) {
    const parsed = clockLine.safeParse(parseJson(text));
    // A line that is cut off is the last one written before a crash.
    if (!parsed.success) continue;
    const line = parsed.data;
    if ("clock" in line) {
      if (result !== null && (line.clock !== result.clock || line.clock === "server")) break;
      result ??= { ...line, points: [] };
      continue;
    }
    if (result === null || result.points.length === MAX_POINTS) break;
    const last = result.points.at(-1);
    // Chunks that were not acknowledged come again after a reconnection.
    if (last !== undefined && line.o <= last.offsetBytes) continue;
    if (last !== undefined && line.p < last.perfMs) break;
    result.points.push({ offsetBytes: line.o, perfMs: line.p });
  }
  return result === null || result.points.length === 0 ? null : result;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
