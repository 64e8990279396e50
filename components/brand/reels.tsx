/** Two spools of tape. The tape winds from the left one to the right one as `fraction` goes from 0 to 1. */
import { cn } from "@/components/ui/class-names";

/** Radii in units of the view box: the bare hub, and the hub with all of the tape on it. */
const HUB = 15;
const FULL = 41;

interface ReelsProps {
  /** How much has been wound over, 0 to 1. */
  fraction: number;
  isTurning?: boolean;
  className?: string;
}

export function Reels({ fraction, isTurning = false, className }: ReelsProps) {
  const done = Math.min(1, Math.max(0, fraction));
  const left = woundRadius(1 - done);
  const right = woundRadius(done);
  return (
    <svg viewBox="0 0 220 116" aria-hidden="true" className={cn("w-full", className)}>
      <rect x="1" y="1" width="218" height="114" rx="14" fill="var(--surface)" stroke="var(--line-strong)" />
      <path
        d={`M${57 - left} 46 L30 97 Q32 104 40 104 H180 Q188 104 190 97 L${163 + right} 46`}
        fill="none"
        stroke="var(--muted)"
        strokeWidth="1.5"
      />
      <Spool x={57} radius={left} isTurning={isTurning} />
      <Spool x={163} radius={right} isTurning={isTurning} />
      <rect x="102" y="98" width="16" height="12" rx="2.5" fill="var(--tape)" />
    </svg>
  );
}

function Spool({ x, radius, isTurning }: { x: number; radius: number; isTurning: boolean }) {
  return (
    <g transform={`translate(${x} 50)`}>
      <circle r={radius} fill="var(--wound)" />
      {[0.34, 0.67].map((share) => (
        <circle
          key={share}
          r={HUB + (radius - HUB) * share}
          fill="none"
          stroke="var(--surface)"
          strokeOpacity="0.16"
          strokeWidth="0.8"
        />
      ))}
      <circle r={HUB} fill="var(--surface)" stroke="var(--line-strong)" />
      <g className={isTurning ? "animate-reel" : ""} style={{ transformOrigin: "0 0" }}>
        {[0, 60, 120].map((angle) => (
          <rect
            key={angle}
            x="-10"
            y="-1.6"
            width="20"
            height="3.2"
            fill="var(--muted)"
            transform={`rotate(${angle})`}
          />
        ))}
        <circle r="5" fill="var(--surface)" stroke="var(--muted)" strokeWidth="1.5" />
      </g>
    </g>
  );
}

/** The wound area grows evenly with the tape's length, so the radius grows with its square root. */
function woundRadius(share: number): number {
  return Math.sqrt(HUB ** 2 + share * (FULL ** 2 - HUB ** 2));
}
