/** Who a page is for. Every page asks for itself: a layout is not rendered again when somebody moves between pages. */
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { authenticate, type Principal } from "@/lib/server/auth/authenticate";
import { services } from "@/lib/server/services";
import { needsSetup } from "@/lib/server/users/accounts";

/** The signed-in user of this request, looked up once for layout and page. @returns null when nobody is signed in */
export const findPagePrincipal = cache(async (): Promise<Principal | null> => {
  const cookie = (await headers()).get("cookie");
  return authenticate(services(), cookie === null ? {} : { cookie });
});

/**
 * The signed-in user; whoever is not is sent to sign in, or to make the administrator while there is none.
 *
 * @param path of the page, to come back to
 */
export async function requirePagePrincipal(path: string): Promise<Principal> {
  const principal = await findPagePrincipal();
  if (principal !== null) return principal;
  if (await needsSetup(services())) redirect("/setup");
  redirect(path === "/" ? "/sign-in" : `/sign-in?callbackUrl=${encodeURIComponent(path)}`);
}
