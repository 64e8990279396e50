/** The supervisor's own lines in the log, shaped like those of the server and the worker. */

/**
 * @param {"info" | "warn" | "error"} level
 * @param {string} message
 * @param {Record<string, unknown>} [fields]
 */
export function logLine(level, message, fields = {}) {
  const line = { level, time: new Date().toISOString(), process: "supervisor", ...fields, msg: message };
  console.log(JSON.stringify(line));
}
