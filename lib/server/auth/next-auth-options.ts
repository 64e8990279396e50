/**
 * next-auth: credentials against our users, and further providers when the settings name them. Those let in only who
 * has an account here already, by a verified email address: accounts are made by the administrator or by invitation.
 */
import type { AuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import GitHubProvider from "next-auth/providers/github";
import GoogleProvider from "next-auth/providers/google";
import { AppError } from "@/lib/domain/errors";
import { sessionCookieName } from "@/lib/server/auth/authenticate";
import type { Services } from "@/lib/server/services";
import { signIn } from "@/lib/server/users/accounts";

const SESSION_DAYS = 30;

export function nextAuthOptions(services: Services): AuthOptions {
  const { config, database } = services;
  const isSecure = config.PUBLIC_URL.startsWith("https:");
  return {
    secret: config.SECRET,
    session: { strategy: "jwt", maxAge: SESSION_DAYS * 24 * 3600 },
    useSecureCookies: isSecure,
    cookies: {
      sessionToken: {
        name: sessionCookieName(config.PUBLIC_URL),
        options: { httpOnly: true, sameSite: "lax", path: "/", secure: isSecure },
      },
    },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [
      CredentialsProvider({
        name: "Email and password",
        credentials: { email: { type: "email" }, password: { type: "password" } },
        async authorize(credentials, request) {
          const address =
            String(request.headers?.["x-forwarded-for"] ?? "unknown")
              .split(",")[0]
              ?.trim() ?? "unknown";
          try {
            const user = await signIn(
              services,
              { email: credentials?.email ?? "", password: credentials?.password ?? "" },
              address,
            );
            return user === null ? null : { id: user.id, email: user.email, name: user.name, epoch: user.sessionEpoch };
          } catch (error) {
            // next-auth hands the message to the page as `error`.
            throw new Error(error instanceof AppError ? error.code : "internal");
          }
        },
      }),
      ...furtherProviders(services),
    ],
    callbacks: {
      async signIn({ user, account, profile }) {
        if (account?.provider === "credentials") return true;
        const isVerified = account?.provider === "github" || (profile as { email_verified?: boolean })?.email_verified;
        const email = user.email?.toLowerCase();
        if (!isVerified || email === undefined) return false;
        return (await database.user.findFirst({ where: { email, disabledAt: null } })) !== null;
      },
      async jwt({ token, user, account }) {
        if (user === undefined || user === null) return token;
        if (account?.provider === "credentials") {
          return { ...token, sub: user.id, epoch: (user as { epoch?: number }).epoch ?? 0 };
        }
        const own = await database.user.findUnique({ where: { email: (user.email ?? "").toLowerCase() } });
        return own === null ? {} : { sub: own.id, name: own.name, email: own.email, epoch: own.sessionEpoch };
      },
    },
    logger: {
      error: (code, metadata) => services.log.warn({ code, metadata: String(metadata) }, "next-auth"),
      warn: () => {},
      debug: () => {},
    },
  };
}

/** What a sign-in page offers besides the password. */
export function furtherProviderNames({ config }: Services): { id: string; name: string }[] {
  return [
    ...(config.GITHUB_ID === "" ? [] : [{ id: "github", name: "GitHub" }]),
    ...(config.GOOGLE_ID === "" ? [] : [{ id: "google", name: "Google" }]),
    ...(config.OIDC_ISSUER === "" ? [] : [{ id: "oidc", name: config.OIDC_NAME }]),
  ];
}

function furtherProviders({ config }: Services): AuthOptions["providers"] {
  return [
    ...(config.GITHUB_ID === ""
      ? []
      : [GitHubProvider({ clientId: config.GITHUB_ID, clientSecret: config.GITHUB_SECRET })]),
    ...(config.GOOGLE_ID === ""
      ? []
      : [GoogleProvider({ clientId: config.GOOGLE_ID, clientSecret: config.GOOGLE_SECRET })]),
    ...(config.OIDC_ISSUER === ""
      ? []
      : [
          {
            id: "oidc",
            name: config.OIDC_NAME,
            type: "oauth" as const,
            wellKnown: `${config.OIDC_ISSUER}/.well-known/openid-configuration`,
            authorization: { params: { scope: "openid email profile" } },
            idToken: true,
            checks: ["pkce" as const, "state" as const],
            clientId: config.OIDC_ID,
            clientSecret: config.OIDC_SECRET,
            profile: (claims: { sub: string; name?: string; email?: string }) => ({
              id: claims.sub,
              name: claims.name ?? null,
              email: claims.email ?? null,
            }),
          },
        ]),
  ];
}
