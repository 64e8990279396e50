/** Recordings in a state that nothing moves on: because no upkeep would find them, or because no upkeep runs. */
import { RECORDING_STATES } from "@/lib/domain/recording-state";
import type { CheckContext } from "@/lib/server/check/check-context";
import type { FindingCode } from "@/lib/server/check/finding";
import type { Recording } from "@/lib/server/database/client";

const MINUTE_MS = 60_000;
/** The worker looks every 15 s; this much later than it should, it is not looking. */
const UPKEEP_GRACE_MS = 10 * MINUTE_MS;
/** Runs of FFmpeg that one attempt may take one after the other: copy, encode instead, check. */
const RUNS_OF_AN_ATTEMPT = 3;
/** A queue may be long; a day is not a queue any more. */
const LONGEST_WAIT_MS = 24 * 60 * MINUTE_MS;

type Facts = Pick<
  Recording,
  "state" | "deletedAt" | "createdAt" | "lastByteAt" | "compileRequestedAt" | "compileStartedAt"
>;

/** @returns why it will stay as it is; null: it is where it should be, or on its way */
export function findStuck(
  { state, deletedAt, lastByteAt, compileRequestedAt, compileStartedAt }: Facts,
  config: CheckContext["config"],
  nowMs = Date.now(),
): { code: FindingCode; message: string } | null {
  const isOlder = (at: Date, ageMs: number) => nowMs - at.getTime() > ageMs;
  const stuck = (message: string) => ({ code: "stuck" as const, message });
  if (deletedAt !== null) {
    return isOlder(deletedAt, UPKEEP_GRACE_MS)
      ? stuck(`Its deletion began at ${deletedAt.toISOString()} and is not done. Is the worker running?`)
      : null;
  }
  switch (state) {
    case "recording": {
      if (lastByteAt === null) return stuck("It is recording, and it is not known since when: nobody will end it.");
      const isSilent = isOlder(lastByteAt, config.INTERRUPTED_TIMEOUT_MINUTES * MINUTE_MS + UPKEEP_GRACE_MS);
      return isSilent
        ? stuck(`Nothing has come since ${lastByteAt.toISOString()}, and nobody has ended it. Is the worker running?`)
        : null;
    }
    case "compiling": {
      if (compileRequestedAt === null)
        return stuck("It is compiling, and nobody asked for it: no worker will find it.");
      const since = compileStartedAt ?? compileRequestedAt;
      return isOlder(since, RUNS_OF_AN_ATTEMPT * config.COMPILE_TIMEOUT_MINUTES * MINUTE_MS)
        ? stuck(`It has been compiling since ${since.toISOString()}. Is the worker running?`)
        : null;
    }
    case "stopped":
      return compileRequestedAt !== null && isOlder(compileRequestedAt, LONGEST_WAIT_MS)
        ? stuck(`It has waited for a worker since ${compileRequestedAt.toISOString()}. Is one running?`)
        : null;
  }
  return RECORDING_STATES.some((known) => known === state)
    ? null
    : { code: "state_unknown", message: `Its state is "${state}", which is none.` };
}
