/** When a camera was not recorded, and why, in words. */
import { timeOfDay } from "@/components/cameras/local-day";
import { count, formatDuration } from "@/components/format/duration";
import { Panel } from "@/components/ui/panel";
import type { TimelineResource } from "@/lib/protocol/cameras";

type Gap = TimelineResource["gaps"][number];

/** The rest of a bad day is counted. */
const SHOWN = 50;

/** `14:05:09–14:06:00: The camera does not answer.` */
export function gapWords(gap: Gap): string {
  return `${spanWords(gap)}: ${gap.cause}`;
}

export function GapList({ gaps }: { gaps: readonly Gap[] }) {
  const newest = [...gaps].reverse();
  return (
    <Panel title="Gaps" description="Time that should have been recorded on this day and was not.">
      {gaps.length === 0 ? (
        <p className="text-sm text-muted">There are none.</p>
      ) : (
        <ul className="-my-2 divide-y text-sm">
          {newest.slice(0, SHOWN).map((gap) => (
            <li key={`${gap.from}-${gap.code}`} className="flex flex-wrap gap-x-3 py-2">
              <span className="counter">{spanWords(gap)}</span>
              {gap.to !== null && (
                <span className="text-muted">{formatDuration(Date.parse(gap.to) - Date.parse(gap.from))}</span>
              )}
              <span className="basis-full text-[13px] text-muted">{gap.cause}</span>
            </li>
          ))}
          {gaps.length > SHOWN && (
            <li className="py-2 text-muted">and {count(gaps.length - SHOWN, "more gap")} before</li>
          )}
        </ul>
      )}
    </Panel>
  );
}

function spanWords({ from, to }: Gap): string {
  const begin = timeOfDay(Date.parse(from));
  return to === null ? `since ${begin}` : `${begin}–${timeOfDay(Date.parse(to))}`;
}
