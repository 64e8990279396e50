/** A process that becomes the writer of the folder it is given, and says so. */
import { takeWriterLock } from "@/lib/server/storage/writer-lock";

const [root, patienceMs] = process.argv.slice(2) as [string, string];
try {
  await takeWriterLock(root, Number(patienceMs));
  process.stdout.write(`locked at ${Date.now()}\n`);
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).name}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
