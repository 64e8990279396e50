/** Where something is missing, on the recording's time line and in words. */
import { formatClock, formatDuration } from "@/components/format/duration";
import { Panel } from "@/components/ui/panel";
import type { RecordingResource } from "@/lib/protocol/recordings";

const MISSING = { video: "Picture", audio: "Sound" } as const;

/** A gap is drawn at least this wide, in percent, so that it can be seen. */
const LEAST_WIDTH = 0.6;

export function GapsPanel({ recording }: { recording: RecordingResource }) {
  const { gaps, durationMs } = recording;
  if (gaps.length === 0 || durationMs === null || durationMs === 0) return null;
  const share = (ms: number) => Math.min(100, (ms / durationMs) * 100);
  return (
    <Panel title="Gaps" description="Time that should have been recorded and was not.">
      <div aria-hidden className="relative h-3 overflow-hidden rounded-full bg-wound">
        {gaps.map((gap) => (
          <span
            key={`${gap.kind}-${gap.fromMs}`}
            title={gap.cause}
            className="absolute inset-y-0 bg-tape"
            style={{
              left: `${Math.min(share(gap.fromMs), 100 - LEAST_WIDTH)}%`,
              width: `${Math.max(LEAST_WIDTH, share(gap.toMs - gap.fromMs))}%`,
            }}
          />
        ))}
      </div>
      <p aria-hidden className="counter mt-1.5 flex justify-between text-xs text-muted">
        <span>0:00</span>
        <span>{formatClock(durationMs)}</span>
      </p>
      <ul className="mt-3 divide-y text-sm">
        {gaps.map((gap) => (
          <li key={`${gap.kind}-${gap.fromMs}`} className="flex flex-wrap gap-x-3 py-2">
            <span className="counter">
              {formatClock(gap.fromMs)}–{formatClock(gap.toMs)}
            </span>
            <span>
              {gap.kind === null ? "Everything" : MISSING[gap.kind]} missing for {formatDuration(gap.toMs - gap.fromMs)}
            </span>
            <span className="basis-full text-[13px] text-muted">{gap.cause}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
