/** The state of a recording, with its light. */
import { CircleAlert, CircleCheck } from "lucide-react";
import { stateWords } from "@/components/recording/state-words";
import { Badge } from "@/components/ui/badge";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface StateBadgeProps {
  recording: Pick<RecordingResource, "state" | "live" | "progress">;
  className?: string;
}

export function StateBadge({ recording, className }: StateBadgeProps) {
  const { label, tone } = stateWords(recording);
  const percent = recording.state === "compiling" ? Math.round((recording.progress?.fraction ?? 0) * 100) : null;
  return (
    <Badge tone={tone} {...(className === undefined ? {} : { className })}>
      {tone === "live" && <span aria-hidden className="size-1.5 animate-glow rounded-full bg-current" />}
      {tone === "working" && <span aria-hidden className="size-1.5 animate-glow rounded-full bg-amber" />}
      {tone === "good" && <CircleCheck aria-hidden />}
      {tone === "bad" && <CircleAlert aria-hidden />}
      {label}
      {percent !== null && <span className="counter">{percent}%</span>}
    </Badge>
  );
}
