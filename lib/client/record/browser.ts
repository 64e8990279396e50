/** Which browser this is, as far as it matters: the constant of the clock estimate, and where its permissions are. */
import type { StartMessage } from "@/lib/protocol/ingest";

export type Browser = StartMessage["browser"];

/** @param userAgent `navigator.userAgent` */
export function browserOf(userAgent: string): Browser {
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrome\/|Chromium\//.test(userAgent)) return "chromium";
  if (/Safari\//.test(userAgent)) return "safari";
  return "other";
}
