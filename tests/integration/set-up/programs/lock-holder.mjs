/** Takes a lock and holds it until it is ended: `node lock-holder.mjs FILE` */
import { runMain } from "../../../../bin/setup/set-up-error.mjs";
import { takeLock } from "../../../../bin/supervisor/lock.mjs";

await runMain(async () => {
  const working = setInterval(() => {}, 1000);
  const asked = new Promise((resolve) => process.once("SIGTERM", resolve));
  takeLock(process.argv[2] ?? "");
  console.log("held");
  await asked;
  clearInterval(working);
  return 0;
});
