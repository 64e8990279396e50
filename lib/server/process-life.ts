/**
 * The life of a process: it starts, runs, and is closed once, by the first signal or when its supervisor is gone. The
 * second signal ends it at once.
 */
import { SettingsError } from "@/lib/server/config/settings";
import type { Log } from "@/lib/server/log";

/** Exit code for settings that do not work (sysexits.h EX_CONFIG): starting again will not help. */
export const EXIT_CONFIG = 78;
/** Longest an orderly end may take. */
const CLOSE_DEADLINE_MS = 12_000;

/** What keeps a process from starting and lies outside of it. The message says what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

export interface Running {
  log: Log;
  close(): Promise<void>;
}

/** @param start brings everything up; what it returns is closed at the end */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running | null = null;
  let isEnding = false;

  const end = async (reason: string) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    running?.log.info({ reason }, "stopping");
    setTimeout(() => {
      running?.log.error("did not stop in time");
      process.exit(1);
    }, CLOSE_DEADLINE_MS).unref();
    try {
      await running?.close();
      running?.log.info("stopped");
      process.exit(0);
    } catch (error) {
      running?.log.error({ error }, "did not stop well");
      process.exit(1);
    }
  };
  process.on("SIGTERM", () => void end("SIGTERM"));
  process.on("SIGINT", () => void end("SIGINT"));
  // The supervisor holds the other end of the channel; without it nobody would ever stop this process.
  if (process.send !== undefined) process.on("disconnect", () => void end("supervisor gone"));
  // One request's mistake must not end everybody's recording; a broken process state is rare next to that.
  process.on("unhandledRejection", (error) => running?.log.error({ error }, "unhandled rejection"));

  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1);
  }
}

/** The stack is for mistakes of ours; of what somebody else can mend the sentence is enough. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof StartError) return error.message;
  return String((error as Error)?.stack ?? error);
}
