/** The connection to the server in words. */
import type { RunState } from "@/lib/client/session/recording-run";

export function connectionWords({ connection, problem }: Pick<RunState, "connection" | "problem">): string {
  switch (connection) {
    case "connecting":
      return problem?.message ?? "Connecting…";
    case "connected":
      return problem?.message ?? "Connected";
    case "waiting":
      return problem === null
        ? "No connection. The recording is kept in this browser and sent when the server is back."
        : `${problem.message} The recording is kept in this browser meanwhile.`;
    case "failed":
      return problem?.message ?? "The server does not take this recording.";
  }
}
