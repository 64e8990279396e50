/** next-auth answers here: signing in and out, and what the client asks about the session. */
import NextAuth from "next-auth";
import { nextAuthOptions } from "@/lib/server/auth/next-auth-options";
import { services } from "@/lib/server/services";

type Handler = (request: Request, context: unknown) => Promise<Response>;

let handler: Handler | undefined;

/** Made at the first request: while Next builds the pages there are no services. */
async function handle(request: Request, context: unknown): Promise<Response> {
  if (handler === undefined) {
    const { PUBLIC_URL } = services().config;
    // next-auth knows its own address from the environment alone; without one it goes by the request's Host.
    if (PUBLIC_URL === "") process.env.AUTH_TRUST_HOST = "true";
    else process.env.NEXTAUTH_URL = PUBLIC_URL;
    handler = NextAuth(nextAuthOptions(services())) as Handler;
  }
  return handler(request, context);
}

export { handle as GET, handle as POST };
