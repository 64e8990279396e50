/** The part of the set-up that sees to FFmpeg and Redis, alone. */
import { readEnvironment } from "../../../../bin/setup/environment.mjs";
import { ensurePrograms } from "../../../../bin/setup/programs.mjs";
import { runMain } from "../../../../bin/setup/set-up-error.mjs";

await runMain(async () => {
  await ensurePrograms(readEnvironment());
  console.log("everything is there");
  return 0;
});
