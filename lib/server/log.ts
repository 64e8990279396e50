/** Logs as JSON lines on standard output, with recording and request ids as fields. */
import pino, { type Logger } from "pino";

export type Log = Logger;

/** @param process which of the processes writes: "server", "worker" */
export function createLog(process: string, level: string): Log {
  return pino({
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
    redact: { paths: ["password", "token", "*.password", "*.token", "headers.cookie", "headers.authorization"] },
  });
}
