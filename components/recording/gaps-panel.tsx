/** Where something is missing, and where takes begin, on the recording's time line and in words. */
import { formatClock, formatDuration } from "@/components/format/duration";
import { Panel } from "@/components/ui/panel";
import type { RecordingResource } from "@/lib/protocol/recordings";

type Gap = RecordingResource["gaps"][number];

const MISSING = { video: "Picture", audio: "Sound" } as const;

/** A gap is drawn at least this wide, in percent, so that it can be seen. */
const LEAST_WIDTH = 0.6;
/** Of the width, in percent: the line where a take begins. */
const MARK_WIDTH = 0.3;

export function GapsPanel({ recording }: { recording: RecordingResource }) {
  const { gaps, takes, durationMs } = recording;
  if (gaps.length === 0 || durationMs === null || durationMs === 0) return null;
  const share = (ms: number) => Math.min(100, (ms / durationMs) * 100);
  const begins = takes.flatMap(({ number, fromMs }) => (number > 1 && fromMs !== null ? [{ number, fromMs }] : []));
  return (
    <Panel title="Gaps" description="Time that should have been recorded and was not.">
      <div aria-hidden className="relative h-3 overflow-hidden rounded-full bg-wound">
        {gaps.map((gap) => (
          <span
            key={keyOf(gap)}
            title={gap.cause}
            className="absolute inset-y-0 bg-tape"
            style={{
              left: `${Math.min(share(gap.fromMs), 100 - LEAST_WIDTH)}%`,
              width: `${Math.max(LEAST_WIDTH, share(gap.toMs - gap.fromMs))}%`,
            }}
          />
        ))}
        {begins.map(({ number, fromMs }) => (
          <span
            key={number}
            title={`Take ${number}`}
            className="absolute inset-y-0 bg-ink"
            style={{ left: `${Math.min(share(fromMs), 100 - MARK_WIDTH)}%`, width: `${MARK_WIDTH}%` }}
          />
        ))}
      </div>
      <p aria-hidden className="counter mt-1.5 flex justify-between text-xs text-muted">
        <span>0:00</span>
        <span>{formatClock(durationMs)}</span>
      </p>
      <ul className="mt-3 divide-y text-sm">
        {gaps.map((gap) => {
          const next = begins.find(({ fromMs }) => gap.kind === null && fromMs === gap.toMs);
          return (
            <li key={keyOf(gap)} className="flex flex-wrap gap-x-3 py-2">
              <span className="counter">{placeOf(gap)}</span>
              <span>
                {wordsOf(gap)}
                {next !== undefined && <span className="text-muted"> · then take {next.number}</span>}
              </span>
              <span className="basis-full text-[13px] text-muted">{gap.cause}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function keyOf({ kind, fromMs, toMs, code, cause }: Gap): string {
  return `${kind}-${fromMs}-${toMs}-${code}-${cause}`;
}

function placeOf({ fromMs, toMs }: Gap): string {
  return toMs > fromMs ? `${formatClock(fromMs)}–${formatClock(toMs)}` : formatClock(fromMs);
}

/** Time that was cut out, or of which nobody knows how long it was, has no length in the file. */
function wordsOf({ kind, fromMs, toMs }: Gap): string {
  const what = kind === null ? "Everything" : MISSING[kind];
  return toMs > fromMs ? `${what} missing for ${formatDuration(toMs - fromMs)}` : `${what} missing here`;
}
