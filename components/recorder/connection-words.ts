/** The connection to the server in words. */
import { formatBytes } from "@/components/format/bytes";
import { formatEstimate } from "@/components/format/duration";
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

type Waiting = Pick<RunState, "recordedBytes" | "ackedBytes" | "sendMs" | "connection">;

/** What waits in this browser while recording, and how long it will take. */
export function waitsWords({ recordedBytes, ackedBytes, sendMs, connection }: Waiting): string {
  const waits = `${formatBytes(recordedBytes - ackedBytes)} wait in this browser`;
  if (sendMs === null) return `${waits}.`;
  if (connection === "connected") return `${waits}; sending them takes ${formatEstimate(sendMs)}.`;
  return `${waits}; sending them will take ${formatEstimate(sendMs)} when the server is back.`;
}

/** The same after stop. */
export function restWords({ recordedBytes, ackedBytes, sendMs }: Waiting): string {
  const estimate = sendMs === null ? "" : `, ${formatEstimate(sendMs)}`;
  return `${formatBytes(recordedBytes - ackedBytes)} left${estimate}.`;
}
