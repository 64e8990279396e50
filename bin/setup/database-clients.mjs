/** The two database clients that Prisma generates from prisma/schema.prisma: for SQLite and for PostgreSQL. */
import { runCommand } from "./run-command.mjs";
import { ensure } from "./step.mjs";

const FOLDER = "lib/server/database/generated";

/** @throws {import("./set-up-error.mjs").SetUpError} */
export async function ensureDatabaseClients() {
  await ensure({
    title: "Generating the database clients",
    inputs: ["prisma/schema.prisma", "prisma.config.ts", "package-lock.json"],
    stamp: `${FOLDER}/.stamp`,
    outputs: [`${FOLDER}/sqlite/client.ts`, `${FOLDER}/postgresql/client.ts`],
    async run() {
      const results = await Promise.all(["sqlite", "postgresql"].map(generate));
      return results.find(({ ok }) => !ok) ?? { ok: true, lastLines: "" };
    },
    advice: "The lines above say what is wrong with prisma/schema.prisma.",
  });
}

/** @param {string} provider */
function generate(provider) {
  return runCommand(process.execPath, ["node_modules/prisma/build/index.js", "generate"], {
    TAPEDECK_PRISMA: provider,
    // Asks its publisher for news otherwise.
    CHECKPOINT_DISABLE: "1",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
  });
}
