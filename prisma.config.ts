/**
 * Configuration of the Prisma command line: one schema, two databases.
 *
 * `prisma/schema.prisma` is written for SQLite. The PostgreSQL schema is derived from it here, so that the two cannot
 * drift apart; TAPEDECK_PRISMA=postgresql selects it. Migrations are applied by lib/server/database/migrate.ts and not
 * by this command line, which only `generate`s clients and writes new migrations (see docs/operations.md).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "prisma/config";

const root = path.dirname(fileURLToPath(import.meta.url));
const postgres = process.env.TAPEDECK_PRISMA === "postgresql";

// The native schema engine would be downloaded; this one comes with the packages.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.join(root, "prisma/schema-engine.mjs");

const derivedSchema = path.join(root, "prisma/postgresql/schema.prisma");
if (postgres) {
  const schema = readFileSync(path.join(root, "prisma/schema.prisma"), "utf8")
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace('"../lib/server/database/generated/sqlite"', '"../../lib/server/database/generated/postgresql"');
  mkdirSync(path.dirname(derivedSchema), { recursive: true });
  writeFileSync(derivedSchema, schema);
}

export default defineConfig({
  schema: postgres ? derivedSchema : path.join(root, "prisma/schema.prisma"),
  migrations: { path: path.join(root, "prisma", postgres ? "postgresql" : "sqlite", "migrations") },
  datasource: { url: process.env.DATABASE_URL ?? "file:./.tapedeck/tapedeck.db" },
});
