/** Users and invitations, for administrators. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { SettingsFrame } from "@/components/settings/settings-frame";
import { InvitationsPanel } from "@/components/users/invitations-panel";
import { UsersPanel } from "@/components/users/users-panel";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { services } from "@/lib/server/services";
import { listInvitations, listUsers } from "@/lib/server/users/accounts";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage() {
  const principal = await requirePagePrincipal("/settings/users");
  if (principal.role !== "admin") notFound();
  const [users, invitations] = await Promise.all([listUsers(services()), listInvitations(services())]);
  return (
    <SettingsFrame isAdmin>
      <UsersPanel initial={users} ownId={principal.userId} defaultQuotaBytes={services().config.DEFAULT_QUOTA_BYTES} />
      <InvitationsPanel initial={invitations} />
    </SettingsFrame>
  );
}
