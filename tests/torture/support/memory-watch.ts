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
    const mean = (of: (sample: { done: number; rssBytes: number }) => number) =>
      warm.reduce((sum, sample) => sum + of(sample), 0) / warm.length;
    const [meanDone, meanRss] = [mean(({ done }) => done), mean(({ rssBytes }) => rssBytes)];
    const covariance = mean(({ done, rssBytes }) => (done - meanDone) * (rssBytes - meanRss));
    const variance = mean(({ done }) => (done - meanDone) ** 2);
    return {
      afterWarmUpBytes: warm[0]?.rssBytes ?? last.rssBytes,
      lastBytes: last.rssBytes,
      bytesPerUnit: variance === 0 ? 0 : covariance / variance,
    };
  }
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
