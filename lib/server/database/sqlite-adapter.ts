/**
 * Prisma's SQLite adapter with transactions that take the write lock when they begin.
 *
 * Prisma opens every transaction, also those it makes by itself around an `upsert` or a nested write, with a deferred
 * BEGIN. One that reads first and then writes fails at once, whatever the busy timeout, when another process has written in
 * between (SQLITE_BUSY_SNAPSHOT, https://www.sqlite.org/isolation.html); Prisma calls that P1008. The server and the
 * worker write to one file all the time, so it happens. Prisma wraps only what writes, so nothing that reads waits for it.
 */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

type Adapter = Awaited<ReturnType<PrismaBetterSqlite3["connect"]>>;

/** What the adapter holds beyond the interface it declares: the better-sqlite3 connection, and its translation of errors. */
interface Internals {
  client: { exec(sql: string): void };
  onError(error: unknown): never;
}

export class ImmediateSqlite extends PrismaBetterSqlite3 {
  override async connect(): Promise<Adapter> {
    const adapter = await super.connect();
    const { client, onError } = adapter as unknown as Internals;
    const begin = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => {
      const transaction = await begin(isolationLevel);
      try {
        client.exec("ROLLBACK; BEGIN IMMEDIATE");
      } catch (error) {
        await transaction.rollback(); // lets the next one begin: the adapter has one transaction at a time
        onError.call(adapter, error);
      }
      return transaction;
    };
    return adapter;
  }
}
