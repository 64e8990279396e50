"use client";
/** How much of the storage is used; without a limit only how much. */
import { formatBytes } from "@/components/format/bytes";
import { Progress } from "@/components/ui/progress";
import type { MeResource } from "@/lib/protocol/accounts";

/** From here on the meter warns. */
const NEARLY_FULL = 0.9;

export function StorageMeter({ me }: { me: Pick<MeResource, "usedBytes" | "limitBytes"> }) {
  const { usedBytes, limitBytes } = me;
  const share = limitBytes === null ? null : Math.min(1, usedBytes / limitBytes);
  return (
    <div className="px-2 text-xs text-muted">
      <p className="flex justify-between gap-2">
        <span>Storage</span>
        <span className="counter text-ink">
          {formatBytes(usedBytes)}
          {limitBytes !== null && <span className="text-muted"> of {formatBytes(limitBytes)}</span>}
        </span>
      </p>
      {share !== null && (
        <Progress
          label="Storage used"
          fraction={share}
          tone={share >= NEARLY_FULL ? "tape" : "ink"}
          className="mt-2 h-1"
        />
      )}
    </div>
  );
}
