/** Both databases that Tapedeck runs on, for suites that each of them must pass. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPostgres } from "@/tests/support/postgres";

export interface TestDatabases {
  /** @returns address of a new, empty database */
  create(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** For `describe.each`: what the database is called, and how to have some. */
export const DATABASES: { database: "SQLite" | "PostgreSQL"; start(): Promise<TestDatabases> }[] = [
  {
    database: "SQLite",
    async start() {
      const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-sqlite-"));
      return {
        create: async (name) => `file:${path.join(folder, `${name}.db`)}`,
        stop: () => rm(folder, { recursive: true, force: true }),
      };
    },
  },
  {
    database: "PostgreSQL",
    async start() {
      const server = await startPostgres();
      return { create: (name) => server.createDatabase(name), stop: () => server.stop() };
    },
  },
];
