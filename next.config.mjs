/** How Next builds the pages. server/index.ts serves them; headers, security policy and the API are set there. */

/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  // The proxy in front compresses, or nobody needs it: media is not compressible, and event streams must not wait.
  compress: false,
  devIndicators: false,
  // bin/test checks the types; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
  // In development Next refuses its own sockets to other names than localhost.
  allowedDevOrigins: ["127.0.0.1"],
  // Loaded by Node itself: native modules, and what must be the same module in the pages and in the server.
  serverExternalPackages: [
    "@node-rs/argon2",
    "@prisma/adapter-better-sqlite3",
    "@prisma/adapter-pg",
    "@prisma/client",
    "better-sqlite3",
    "bullmq",
    "ioredis",
    "pg",
    "pino",
    "rate-limiter-flexible",
  ],
};
