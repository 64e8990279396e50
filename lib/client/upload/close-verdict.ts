/** What to do after a recording socket closed: the closing half of lib/protocol/ingest, seen from the browser. */
import { OUTCOMES } from "@/lib/domain/errors";
import { CLOSE_COME_BACK, CLOSE_REPLACED, type ServerMessage } from "@/lib/protocol/ingest";

export type ServerError = Extract<ServerMessage, { type: "error" }>;

export type CloseVerdict =
  /** Connect again after a pause; `problem` says what the server complained of. */
  | { action: "wait"; problem: { code: string; message: string } | null }
  /** Connect again at once. */
  | { action: "come back"; problem: null }
  /** Connecting again would end the same. */
  | { action: "fail"; code: string; message: string };

/** Codes of the table of kinds after which the same request cannot succeed. */
const HOPELESS = new Set(
  Object.values(OUTCOMES)
    .filter(({ retry }) => !retry)
    .map(({ closeCode }) => closeCode),
);

/**
 * @param closeCode RFC 6455 §7.4; null when nothing was heard for too long
 * @param error what the server said before it closed
 */
export function afterClose(closeCode: number | null, error: ServerError | null): CloseVerdict {
  if (closeCode === CLOSE_REPLACED) {
    return { action: "fail", code: "replaced", message: "This recording is being sent from another page now." };
  }
  if (closeCode === CLOSE_COME_BACK) return { action: "come back", problem: null };
  if (error !== null) {
    const { code, message } = error;
    // The two sides disagree about the offset: the next `ready` says what is true.
    if (error.retry || error.code === "offset_mismatch") return { action: "wait", problem: { code, message } };
    return { action: "fail", code, message };
  }
  if (closeCode !== null && HOPELESS.has(closeCode)) {
    return { action: "fail", code: `closed_${closeCode}`, message: "The server does not take this recording." };
  }
  return { action: "wait", problem: null };
}
