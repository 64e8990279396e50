/** The first visit: making the administrator. */
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { NewAccountForm } from "@/components/access/new-account-form";
import { services } from "@/lib/server/services";
import { needsSetup } from "@/lib/server/users/accounts";

export const metadata: Metadata = { title: "Welcome" };

export default async function SetupPage() {
  if (!(await needsSetup(services()))) redirect("/sign-in");
  return (
    <>
      <h1 className="text-2xl font-semibold tracking-[-0.022em]">Welcome to Tapedeck</h1>
      <p className="mt-2 text-sm leading-6 text-muted">
        Make the first account. It administers this installation: it can invite others and set how much they may keep.
      </p>
      <NewAccountForm path="/setup" submitLabel="Make the account" />
    </>
  );
}
