/**
 * Applies the migrations of prisma/<provider>/migrations at every start, without Prisma's command line: each in a
 * transaction, in order, and entered into Prisma's own ledger (`_prisma_migrations`), so that `prisma migrate status`
 * agrees. Several processes may start at once: the ledger is locked while one applies.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import pg from "pg";
import { isPostgresql, sqliteFile } from "@/lib/server/database/client";

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, hex, as Prisma computes it. */
  checksum: string;
}

/** Any number, the same in every process: the advisory lock that serialises migrations on PostgreSQL. */
const ADVISORY_LOCK = 7_263_842_190;

const LEDGER_SQLITE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`;

const LEDGER_POSTGRESQL = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

/**
 * Brings the database up to date.
 *
 * @returns names of the migrations that were applied now
 * @throws when a migration that was applied earlier has since been changed, or one fails (nothing of it remains)
 */
export async function migrate(databaseUrl: string, migrationsRoot = path.resolve("prisma")): Promise<string[]> {
  return isPostgresql(databaseUrl)
    ? migratePostgresql(databaseUrl, readMigrations(path.join(migrationsRoot, "postgresql/migrations")))
    : migrateSqlite(sqliteFile(databaseUrl), readMigrations(path.join(migrationsRoot, "sqlite/migrations")));
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => {
      const sql = readFileSync(path.join(folder, entry.name, "migration.sql"), "utf8");
      return { name: entry.name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    })
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function pending(migrations: Migration[], ledger: { migration_name: string; checksum: string }[]): Migration[] {
  const applied = new Map(ledger.map((row) => [row.migration_name, row.checksum]));
  for (const { name, checksum } of migrations) {
    const before = applied.get(name);
    if (before !== undefined && before !== checksum) {
      throw new Error(`Migration ${name} was changed after it had been applied to this database.`);
    }
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

function migrateSqlite(file: string, migrations: Migration[]): string[] {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const database = new Sqlite(file, { timeout: 30_000 });
  try {
    database.pragma("journal_mode = WAL");
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(LEDGER_SQLITE);
      const ledger = database
        .prepare(`SELECT migration_name, checksum FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`)
        .all() as { migration_name: string; checksum: string }[];
      const todo = pending(migrations, ledger);
      const enter = database.prepare(
        `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         VALUES (?, ?, ?, ?, ?, 1)`,
      );
      for (const migration of todo) {
        const startedAt = Date.now();
        database.exec(migration.sql);
        enter.run(randomUUID(), migration.checksum, migration.name, startedAt, Date.now());
      }
      database.exec("COMMIT");
      return todo.map(({ name }) => name);
    } catch (error) {
      if (database.inTransaction) database.exec("ROLLBACK");
      throw error;
    }
  } finally {
    database.close();
  }
}

async function migratePostgresql(connectionString: string, migrations: Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await client.query(LEDGER_POSTGRESQL);
    const ledger = await client.query(
      `SELECT migration_name, checksum FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
    );
    const todo = pending(migrations, ledger.rows);
    for (const migration of todo) {
      await client.query("BEGIN");
      try {
        const startedAt = new Date();
        await client.query(migration.sql);
        await client.query(
          `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           VALUES ($1, $2, $3, $4, now(), 1)`,
          [randomUUID(), migration.checksum, migration.name, startedAt],
        );
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    }
    return todo.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
