/**
 * Stands for the server or the worker where only their life matters: says that it is up, is ready, and ends when asked
 * or when its supervisor is gone. `node supervised.mjs NAME [BEHAVIOUR]`; a worker finds its settings not to work as
 * soon as there is a file "unfit" in the working folder.
 */
import { existsSync } from "node:fs";

const [name, behaviour] = process.argv.slice(2);
const say = (/** @type {string} */ event) => process.stdout.write(`${name} ${event} ${process.pid}\n`);

if (behaviour === "unfit" || (name === "worker" && existsSync("unfit"))) {
  process.stderr.write("The settings do not work.\n");
  process.exit(78);
}
process.on("SIGTERM", () => {
  say("asked to end");
  if (behaviour !== "stubborn") process.exit(0);
});
process.on("disconnect", () => process.exit(0));
setInterval(() => {}, 1000);
say("up");
process.send?.({ ready: process.env.REDIS_URL }, () => say("has said that it is ready"));
