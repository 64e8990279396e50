/** Waits a little for a recording to be ready: a client of the contract fetches the file right after it has stopped. */
import type { Services } from "@/lib/server/services";

const PATIENCE_MS = 15_000;
/** Changes may be missed while Redis is away. */
const LOOK_MS = 1000;

/** Returns when it is ready or has failed, and at the latest after 15 s. */
export async function untilReady({ database, changes }: Services, recordingId: string): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  let wake = () => {};
  const unsubscribe = changes.subscribe((change) => {
    if (change.recordingId === recordingId && (change.kind === "changed" || change.kind === "deleted")) wake();
  });
  try {
    for (;;) {
      const row = await database.recording.findUnique({ where: { id: recordingId }, select: { state: true } });
      if (row === null || row.state === "ready" || row.state === "failed" || performance.now() >= giveUpAtMs) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    unsubscribe();
  }
}
