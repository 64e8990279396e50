/** The migration runner, on both databases, and that Prisma's own command line agrees with what it wrote. */
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "@/lib/server/database/client";
import { migrate } from "@/lib/server/database/migrate";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { testEnvironment } from "@/tests/support/environment";
import { run } from "@/tests/support/processes";

/** Enough for two of them to meet, whatever the machine does. */
const PROCESSES_AT_ONCE = 4;

describe.each(DATABASES)("migrations on $database", ({ database, start }) => {
  const provider = database.toLowerCase();
  let databases: TestDatabases;
  let folder: string;

  beforeAll(async () => {
    databases = await start();
    folder = await mkdtemp(path.join(tmpdir(), "tapedeck-migrations-"));
  });
  afterAll(async () => {
    await databases.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A copy of the migrations that a test may change. */
  async function copyMigrations(name: string): Promise<string> {
    const copy = path.join(folder, name);
    await cp("prisma", copy, { recursive: true });
    return copy;
  }

  async function addMigration(root: string, name: string, sql: string): Promise<void> {
    const own = path.join(root, provider, "migrations", name);
    await mkdir(own);
    await writeFile(path.join(own, "migration.sql"), sql);
  }

  it("applies every migration to an empty database, and nothing the second time", async () => {
    const url = await databases.create("twice");
    const all = (await readdir(`prisma/${provider}/migrations`, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
    expect(await migrate(url)).toEqual(all);
    expect(await migrate(url)).toEqual([]);
    const client = await openDatabase(url);
    expect(await client.recording.count()).toBe(0);
    await client.$disconnect();
  });

  it("is done once when several processes start at the same time", async () => {
    const url = await databases.create("at-once");
    const programs = Array.from({ length: PROCESSES_AT_ONCE }, () =>
      run(process.execPath, ["--import", "tsx", "tests/integration/database/migrate-process.ts", url]),
    );
    const outputs = await Promise.all(programs.map((program) => program.waitFor(/applied .*\n/)));
    expect(outputs.filter((output) => !output.includes("applied []"))).toHaveLength(1);
    await Promise.all(programs.map((program) => program.stop()));
  });

  it("applies a later migration to a database that has the earlier ones", async () => {
    const url = await databases.create("later");
    const root = await copyMigrations("later");
    await migrate(url, root);
    await addMigration(root, "20990101000000_later", `CREATE TABLE "Later" ("id" TEXT NOT NULL PRIMARY KEY);\n`);
    expect(await migrate(url, root)).toEqual(["20990101000000_later"]);
  });

  it("refuses a migration that was changed after it had been applied", async () => {
    const url = await databases.create("changed");
    const root = await copyMigrations("changed");
    const [first] = await migrate(url, root);
    await appendFile(path.join(root, provider, "migrations", first as string, "migration.sql"), "-- more\n");
    await expect(migrate(url, root)).rejects.toThrow(`Migration ${first} was changed`);
  });

  it("leaves nothing of a migration that fails half-way", async () => {
    const url = await databases.create("fails");
    const root = await copyMigrations("fails");
    await migrate(url, root);
    await addMigration(root, "20990101000000_fails", `CREATE TABLE "Half" ("id" TEXT);\nCREATE TABLE nonsense;\n`);
    await expect(migrate(url, root)).rejects.toThrow();
    const client = await openDatabase(url);
    await expect(client.$queryRawUnsafe(`SELECT * FROM "Half"`)).rejects.toThrow();
    await client.$disconnect();
  });

  it("writes a ledger that Prisma's command line finds up to date", async () => {
    const url = await databases.create("ledger");
    await migrate(url);
    const output = await prisma(provider, url, ["migrate", "status"]);
    expect(output).toContain("Database schema is up to date!");
  });

  it("comes to the same tables as the schema", async () => {
    const url = await databases.create("drift");
    await migrate(url);
    // From the database as the migrations made it; the exit code is 2 when anything differs.
    const schema = database === "SQLite" ? "prisma/schema.prisma" : "prisma/postgresql/schema.prisma";
    const output = await prisma(provider, url, [
      ...["migrate", "diff", "--exit-code", "--from-config-datasource", "--to-schema", schema],
    ]);
    expect(output).toContain("No difference detected");
  });
});

/** Runs Prisma's command line to its end. @returns what it wrote, and its exit code when that is not 0 */
async function prisma(provider: string, databaseUrl: string, args: string[]): Promise<string> {
  const program = run(process.execPath, ["node_modules/prisma/build/index.js", ...args], {
    env: { ...testEnvironment(), TAPEDECK_PRISMA: provider, DATABASE_URL: databaseUrl, CHECKPOINT_DISABLE: "1" },
  });
  const code = await new Promise((resolve) => program.child.once("close", resolve));
  return code === 0 ? program.output() : `${program.output()}\nexit code ${code}`;
}
