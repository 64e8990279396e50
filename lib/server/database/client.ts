/**
 * The database. DATABASE_URL picks SQLite or PostgreSQL; the two generated clients have the same shape, and the
 * SQLite one's types stand for both.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresqlClient } from "@/lib/server/database/generated/postgresql/client";
import { type Prisma, PrismaClient } from "@/lib/server/database/generated/sqlite/client";
import { ImmediateSqlite } from "@/lib/server/database/sqlite-adapter";

export type Database = PrismaClient;
export type {
  ApiToken,
  Camera,
  CameraGap,
  CameraSegment,
  CameraThumbnail,
  Cut,
  Extra,
  FocusSession,
  Gap,
  Interruption,
  Invitation,
  Output,
  Prisma,
  Recording,
  RelayTarget,
  Share,
  SnapshotRecording,
  StreamCapture,
  StreamKey,
  Take,
  Track,
  User,
  Webhook,
  WebhookDelivery,
} from "@/lib/server/database/generated/sqlite/client";

/** Longest wait for another process's write to SQLite; nothing failed below it under contention. */
const SQLITE_BUSY_TIMEOUT_MS = 10_000;

export function isPostgresql(databaseUrl: string): boolean {
  return /^postgres(ql)?:/.test(databaseUrl);
}

/** Path of the SQLite file a `file:` address names, from the working folder. */
export function sqliteFile(databaseUrl: string): string {
  return path.resolve(databaseUrl.replace(/^file:(\/\/)?/, ""));
}

/**
 * Opens the database; the tables must be there already (see migrate.ts).
 * On SQLite every commit is synced: a recording whose bytes are safe must not lose its row to a power cut.
 *
 * @param timeoutS longest wait for an answer of PostgreSQL, seconds; one that takes connections and never answers is away
 *   (away.ts). SQLite has no other side that could be silent.
 */
export async function openDatabase(databaseUrl: string, timeoutS = 15): Promise<Database> {
  if (isPostgresql(databaseUrl)) {
    const adapter = new PrismaPg({
      connectionString: databaseUrl,
      connectionTimeoutMillis: Math.min(5, timeoutS) * 1000,
      query_timeout: timeoutS * 1000,
      keepAlive: true,
    });
    return new PostgresqlClient({ adapter }) as unknown as Database;
  }
  const file = sqliteFile(databaseUrl);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const adapter = new ImmediateSqlite({ url: `file:${file}`, timeout: SQLITE_BUSY_TIMEOUT_MS });
  const database = new PrismaClient({ adapter });
  await database.$queryRawUnsafe("PRAGMA synchronous = FULL");
  return database;
}

/** Whether an error says that a row with the same unique value exists (Prisma P2002). */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "P2002";
}

/** Whether an error says that the row to change was not there (Prisma P2025). */
export function isMissingRow(error: unknown): boolean {
  return codeOf(error) === "P2025";
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? (error as Prisma.PrismaClientKnownRequestError).code : undefined;
}
