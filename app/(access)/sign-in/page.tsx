/** Signing in. */
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "@/components/access/sign-in-form";
import { furtherProviderNames } from "@/lib/server/auth/next-auth-options";
import { findPagePrincipal } from "@/lib/server/auth/page-principal";
import { services } from "@/lib/server/services";
import { needsSetup } from "@/lib/server/users/accounts";

export const metadata: Metadata = { title: "Sign in" };

interface SignInPageProps {
  searchParams: Promise<{ callbackUrl?: string | string[]; error?: string | string[] }>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { callbackUrl, error } = await searchParams;
  const path = ownPath(callbackUrl);
  if (await needsSetup(services())) redirect("/setup");
  if ((await findPagePrincipal()) !== null) redirect(path);
  return (
    <SignInForm
      callbackUrl={path}
      providers={furtherProviderNames(services())}
      errorCode={typeof error === "string" ? error : undefined}
    />
  );
}

/** A path of this site, never another site: next-auth also gives whole addresses, of which the path is taken. */
function ownPath(given: string | string[] | undefined): string {
  if (typeof given !== "string" || !URL.canParse(given, "http://own.invalid")) return "/";
  const { pathname, search } = new URL(given, "http://own.invalid");
  return /^\/(?!\/)/.test(pathname) && pathname !== "/sign-in" ? pathname + search : "/";
}
