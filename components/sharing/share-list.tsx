"use client";
/** The links that were made to a recording, each with what it allows and whether it still works. */
import { Link2 } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/now";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ShareResource } from "@/lib/protocol/shares";

interface ShareListProps {
  shares: readonly ShareResource[];
  onRevoke: (share: ShareResource) => void;
}

export function ShareList({ shares, onRevoke }: ShareListProps) {
  return (
    <ul className="-my-2 divide-y">
      {shares.map((share) => (
        <li key={share.id} className="flex items-center gap-3 py-2.5">
          <Link2 aria-hidden className="size-4 shrink-0 text-muted" />
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
              <span className="min-w-0 truncate font-medium">{nameOf(share)}</span>
              {share.hasPassword && <Badge>Password</Badge>}
              {share.mayDownload && <Badge>Download</Badge>}
            </p>
            <p className="text-[13px] text-muted">
              <span className="counter">…{share.hint}</span>
              {" · "}
              <Validity expiresAt={share.expiresAt} />
              {" · "}
              {share.openedAt === null ? (
                "never opened"
              ) : (
                <>
                  opened <RelativeTime at={share.openedAt} />
                </>
              )}
            </p>
          </div>
          <Button look="dangerGhost" size="sm" onClick={() => onRevoke(share)}>
            Revoke<span className="sr-only"> the link: {nameOf(share)}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ name }: ShareResource): string {
  return name === "" ? "Anyone with the link" : name;
}

function Validity({ expiresAt }: { expiresAt: string | null }) {
  const now = useNow("minutes");
  if (expiresAt === null) return "does not expire";
  const isOver = now !== null && Date.parse(expiresAt) < now;
  return (
    <>
      {isOver ? "expired " : "expires "}
      <RelativeTime at={expiresAt} />
    </>
  );
}
