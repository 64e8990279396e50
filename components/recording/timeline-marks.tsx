/** On the player's time line: where something is missing. */
import type { WatchedRecording } from "@/components/recording/watched";

/** A gap is drawn at least this wide, in percent, so that it can be seen. */
const LEAST_WIDTH = 0.5;

export function TimelineMarks({ gaps, durationMs }: Pick<WatchedRecording, "gaps" | "durationMs">) {
  if (durationMs === null || durationMs === 0 || gaps.length === 0) return null;
  const share = (ms: number) => Math.min(100, (ms / durationMs) * 100);
  return (
    <span aria-hidden className="pointer-events-none absolute inset-x-4 bottom-0.5 h-[3px]">
      {gaps.map(({ kind, fromMs, toMs, code }) => (
        <span
          key={`${kind}-${fromMs}-${toMs}-${code}`}
          className="absolute inset-y-0 rounded-full bg-amber"
          style={{
            left: `${Math.min(share(fromMs), 100 - LEAST_WIDTH)}%`,
            width: `${Math.max(LEAST_WIDTH, share(toMs - fromMs))}%`,
          }}
        />
      ))}
    </span>
  );
}
