/** How much memory another process has while work is done, and whether it grows with the work. */
import { readFileSync } from "node:fs";

const SAMPLE_MS = 500;

export class MemoryWatch {
  readonly #samples: { done: number; rssBytes: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param done how much work has been done by now; read with every sample */
  constructor(pid: number, done: () => number) {
    this.#timer = setInterval(() => {
      const rssBytes = residentBytes(pid);
      if (rssBytes !== null) this.#samples.push({ done: done(), rssBytes });
    }, SAMPLE_MS);
  }

  /**
   * Ends the watch. @returns resident memory after the first quarter of the work, in which the process warms up, and at the
   * end, and by how much it grew per unit of work in between (least squares)
   */
  stop(): { afterWarmUpBytes: number; lastBytes: number; bytesPerUnit: number } | null {
    clearInterval(this.#timer);
    const last = this.#samples.at(-1);
    if (last === undefined) return null;
    const warm = this.#samples.filter(({ done }) => done >= last.done / 4);
    return {
      afterWarmUpBytes: warm[0]?.rssBytes ?? last.rssBytes,
      lastBytes: last.rssBytes,
      bytesPerUnit: leastSquaresSlope(warm.map(({ done, rssBytes }) => [done, rssBytes])),
    };
  }
}

/** By how much y grows for each x (least squares); 0 when there is only one x. */
export function leastSquaresSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = mean(([x, y]) => (x - meanX) * (y - meanY));
  const variance = mean(([x]) => (x - meanX) ** 2);
  return variance > 0 ? covariance / variance : 0;
}

/** Linux only; null elsewhere, and when the process is gone. */
function residentBytes(pid: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
