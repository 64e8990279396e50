/** What a webhook can hear of, and how often it is tried to tell it. */

export const WEBHOOK_EVENTS = [
  "recording.started",
  "recording.stopped",
  "recording.ready",
  "recording.failed",
  "recording.gap",
  "storage.low",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Sent when its owner presses the button. */
export const TEST_EVENT = "test";

/**
 * What there is to tell of a recording that was last told to be in one state and is in another now; states in between
 * are told, too, as far as somebody waits for them.
 *
 * @param announced null: nothing was told yet
 */
export function eventsBetween(announced: string | null, state: string, hasGaps: boolean): WebhookEvent[] {
  const events: WebhookEvent[] = [];
  if (announced === null || (state === "recording" && announced !== "recording")) events.push("recording.started");
  if (state !== "recording" && (announced === null || announced === "recording")) events.push("recording.stopped");
  if (state === "ready") events.push("recording.ready");
  if (state === "ready" && hasGaps) events.push("recording.gap");
  if (state === "failed") events.push("recording.failed");
  return events;
}

/** Waits between attempts, in seconds: the last comes half a day after the first. */
const BACK_OFF_SECONDS = [10, 60, 300, 1800, 7200, 14_400, 21_600];

/** From the first on. */
export const MAX_ATTEMPTS = BACK_OFF_SECONDS.length + 1;

/** @param attempts made so far, from 1 @returns milliseconds until the next; null: there is none */
export function backOffAfter(attempts: number): number | null {
  const seconds = BACK_OFF_SECONDS[attempts - 1];
  return seconds === undefined ? null : seconds * 1000;
}
