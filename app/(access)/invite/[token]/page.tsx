/** Where an invitation link leads: making one's own account. */
import type { Metadata } from "next";
import Link from "next/link";
import { NewAccountForm } from "@/components/access/new-account-form";
import { Button } from "@/components/ui/button";
import { services } from "@/lib/server/services";
import { findInvitation } from "@/lib/server/users/accounts";

export const metadata: Metadata = { title: "Your invitation", referrer: "no-referrer" };

export default async function InvitePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const invitation = await findInvitation(services(), token);
  if (invitation === null) {
    return (
      <>
        <h1 className="text-2xl font-semibold tracking-[-0.022em]">This invitation no longer works</h1>
        <p className="mt-2 text-sm leading-6 text-muted">
          It was used, withdrawn or has expired. Ask whoever sent it for a new one.
        </p>
        <Button asChild look="outline" size="lg" className="mt-6">
          <Link href="/sign-in">Sign in</Link>
        </Button>
      </>
    );
  }
  return (
    <>
      <h1 className="text-2xl font-semibold tracking-[-0.022em]">You are invited</h1>
      <p className="mt-2 text-sm leading-6 text-muted">
        Make your account to record and keep your recordings here
        {invitation.role === "admin" ? ", and to help administer this installation." : "."}
      </p>
      <NewAccountForm path="/invitations/accept" token={token} email={invitation.email} submitLabel="Make my account" />
    </>
  );
}
