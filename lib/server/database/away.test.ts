import { expect, test, vi } from "vitest";
import { AppError } from "@/lib/domain/errors";
import { toServerError, whenDatabaseIsBack } from "@/lib/server/database/away";

const away = () => Object.assign(new Error("Can't reach database server"), { code: "P1001" });

test("what is wanted of a database that is away is done when it is back", async () => {
  const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(away()).mockRejectedValueOnce(away());
  work.mockResolvedValue("done");
  expect(await whenDatabaseIsBack(work)).toBe("done");
  expect(work).toHaveBeenCalledTimes(3);
});

test("who waited long enough is told to come back", async () => {
  const waiting = whenDatabaseIsBack(() => Promise.reject(away()), { patienceMs: 100 });
  await expect(waiting).rejects.toMatchObject({ kind: "unavailable", code: "database_away" });
});

test("nobody waits in a process that ends", async () => {
  const waiting = whenDatabaseIsBack(() => Promise.reject(away()), { signal: AbortSignal.abort() });
  await expect(waiting).rejects.toMatchObject({ code: "database_away" });
});

test("what has nothing to do with the connection is thrown as it is", async () => {
  const missing = Object.assign(new Error("not found"), { code: "P2025" });
  const work = vi.fn(() => Promise.reject(missing));
  await expect(whenDatabaseIsBack(work)).rejects.toBe(missing);
  expect(work).toHaveBeenCalledTimes(1);
});

test("a full disk under the database is a full disk, and errors of ours stay what they are", () => {
  expect(toServerError(new Error("database or disk is full"))).toMatchObject({ kind: "storage_full" });
  const ours = new AppError("conflict", "x", "Connection terminated");
  expect(toServerError(ours)).toBe(ours);
  expect(toServerError(new Error("oops"))).toMatchObject({ kind: "internal" });
});
