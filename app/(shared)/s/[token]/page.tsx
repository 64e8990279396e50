/** Where a share link leads: one recording, to watch. */
import type { Metadata } from "next";
import { headers } from "next/headers";
import { cache } from "react";
import { DeadLink } from "@/components/sharing/dead-link";
import { SharedView } from "@/components/sharing/shared-view";
import { UnlockForm } from "@/components/sharing/unlock-form";
import { openShare } from "@/lib/server/auth/share-access";
import { describeShared } from "@/lib/server/recordings/shares";
import { services } from "@/lib/server/services";

interface SharedPageProps {
  params: Promise<{ token: string }>;
}

/** The link and, when it is open, its recording; looked up once for the title and the page. */
const look = cache(async (token: string) => {
  const cookie = (await headers()).get("cookie");
  const share = await openShare(services(), token, cookie === null ? {} : { cookie });
  if (share === null) return null;
  return { recording: share.isLocked ? null : await describeShared(services(), share.holder, token) };
});

export async function generateMetadata({ params }: SharedPageProps): Promise<Metadata> {
  const found = await look((await params).token);
  // The address is a secret: no link that is followed from here may carry it.
  return { title: found?.recording?.title ?? "A shared recording", referrer: "no-referrer" };
}

export default async function SharedPage({ params }: SharedPageProps) {
  const { token } = await params;
  const found = await look(token);
  if (found === null) return <DeadLink />;
  if (found.recording === null) return <UnlockForm token={token} />;
  return <SharedView token={token} initial={found.recording} />;
}
