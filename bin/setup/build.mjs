/** What runs in production: the pages as Next builds them, the server and the worker as bundles. */
import { runCommand } from "./run-command.mjs";
import { ensure } from "./step.mjs";

/** Everything a build is made of. A change of a test is none. */
const SOURCES = [
  ...["app", "components", "lib", "server", "worker", "public", "prisma/schema.prisma"],
  ...[
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "next.config.mjs",
    "postcss.config.mjs",
    "prisma.config.ts",
  ],
  "bin/build-processes.mjs",
];

/** @throws {import("./set-up-error.mjs").SetUpError} with the end of the build's output */
export async function ensureBuild() {
  await ensure({
    title: "Building",
    inputs: SOURCES,
    ignore: /\.test\.tsx?$|^lib\/server\/database\/generated$/,
    facts: [process.versions.modules],
    stamp: "dist/.stamp",
    outputs: [".next/BUILD_ID", "dist/server.mjs", "dist/worker.mjs"],
    async run() {
      const pages = await runCommand(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
        NODE_ENV: "production",
        NEXT_TELEMETRY_DISABLED: "1",
      });
      return pages.ok ? runCommand(process.execPath, ["bin/build-processes.mjs"]) : pages;
    },
    advice: "The lines above say where.",
  });
}
