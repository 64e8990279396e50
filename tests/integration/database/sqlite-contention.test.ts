/** Two processes that write to one SQLite file: a transaction that reads first is not thrown out by another's write. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isDatabaseAway } from "@/lib/server/database/away";
import { PrismaClient } from "@/lib/server/database/generated/sqlite/client";
import { migrate } from "@/lib/server/database/migrate";
import { ImmediateSqlite } from "@/lib/server/database/sqlite-adapter";

const INSTALLATION = { id: "contended" };

let folder: string;
let database: PrismaClient;
/** Stands for the other process; it never waits. */
let other: Sqlite.Database;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-sqlite-"));
  const file = path.join(folder, "tapedeck.db");
  await migrate(`file:${file}`);
  database = new PrismaClient({ adapter: new ImmediateSqlite({ url: `file:${file}`, timeout: 50 }) });
  other = new Sqlite(file, { timeout: 0 });
});
afterEach(async () => {
  other.close();
  await database.$disconnect();
  await rm(folder, { recursive: true, force: true });
});

it("has the write lock from its first read on, so that what it read is still so when it writes", async () => {
  await database.$transaction(async (transaction) => {
    await transaction.user.count();
    expect(() => other.exec("BEGIN IMMEDIATE")).toThrow(/database is locked/);
    await transaction.installation.create({ data: INSTALLATION });
  });
  other.exec("BEGIN IMMEDIATE; COMMIT");
  expect(await database.installation.count()).toBe(1);
});

it("reads while another process writes", async () => {
  other.exec("BEGIN IMMEDIATE");
  expect(await database.user.findMany({ include: { tokens: true } })).toEqual([]);
});

it("says that the database is away when another holds the lock for longer than the wait, and goes on afterwards", async () => {
  const write = () => database.$transaction((transaction) => transaction.installation.create({ data: INSTALLATION }));
  other.exec("BEGIN IMMEDIATE");
  const refusal = await write().catch((error: unknown) => error);
  expect(isDatabaseAway(refusal)).toBe(true);
  other.exec("COMMIT");
  await write();
  expect(await database.installation.count()).toBe(1);
});
