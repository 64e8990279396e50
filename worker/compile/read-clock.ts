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
 * Takes the lines of a clock file one by one: the points of the first clock in it, ascending. A clock that goes back is
 * another one (the page was loaded anew, or the server restarted), and what follows is of no use with what came before.
 */
export class ClockReader {
  /** null: nothing yet */
  clock: TrackClock | null = null;

  /** @returns whether there is use for more */
  take(text: string): boolean {
    const parsed = clockLine.safeParse(parseJson(text));
    // A line that is cut off is the last one written before a crash.
    if (!parsed.success) return true;
    const line = parsed.data;
    if ("clock" in line) {
      if (this.clock !== null && (line.clock !== this.clock.clock || line.clock === "server")) return false;
      this.clock ??= { ...line, points: [] };
      return true;
    }
    if (this.clock === null || this.clock.points.length === MAX_POINTS) return false;
    const last = this.clock.points.at(-1);
    // Chunks that were not acknowledged come again after a reconnection.
    if (last !== undefined && line.o <= last.offsetBytes) return true;
    if (last !== undefined && line.p < last.perfMs) return false;
    this.clock.points.push({ offsetBytes: line.o, perfMs: line.p });
    return true;
  }
}

/** @returns null when there is no such file or nothing in it */
export async function readClock(file: string): Promise<TrackClock | null> {
  const handle = await fs.open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  const reader = new ClockReader();
  // Reading to the end, or breaking off, closes the file.
  for await (const text of handle.readLines()) if (!reader.take(text)) break;
  const { clock } = reader;
  return clock === null || clock.points.length === 0 ? null : clock;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
