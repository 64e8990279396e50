/** What a peer hears, or rather the log, when its bytes are not RTMP. */
import { AppError } from "@/lib/domain/errors";

/** @param detail for the log: which rule was broken */
export function malformed(detail: string): AppError {
  return new AppError("invalid", "rtmp_malformed", "What was sent is not RTMP as this server knows it.", { detail });
}
