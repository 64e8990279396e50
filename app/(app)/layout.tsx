/** The signed-in pages. Each of them sends strangers away itself; this only draws the frame. */
import type { ReactNode } from "react";
import { LeftRecordings } from "@/components/recorder/left-recordings";
import { AppShell } from "@/components/shell/app-shell";
import { findPagePrincipal } from "@/lib/server/auth/page-principal";
import { services } from "@/lib/server/services";
import { describeMe } from "@/lib/server/users/accounts";

export default async function AppLayout({ children }: { children: ReactNode }) {
  const principal = await findPagePrincipal();
  if (principal === null) return children;
  const { VIDEO_SOCKET_URL, AUDIO_SOCKET_URL } = services().config;
  return (
    <AppShell initialMe={await describeMe(services(), principal)}>
      <LeftRecordings sockets={{ video: VIDEO_SOCKET_URL, audio: AUDIO_SOCKET_URL }} userId={principal.userId} />
      {children}
    </AppShell>
  );
}
