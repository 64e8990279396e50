/** The supervisor over two small programs: `node supervisor.mjs REDIS_FOLDER [SERVER_BEHAVIOUR]` */
import path from "node:path";
import { supervise } from "../../../../bin/supervisor/supervise.mjs";

const [redisFolder = "", behaviour = ""] = process.argv.slice(2);
const program = path.join(import.meta.dirname, "supervised.mjs");
const code = await supervise({
  redisFolder,
  server: { args: [program, "server", behaviour], env: {} },
  worker: { args: [program, "worker"], env: {} },
  onReady: (url) => process.stdout.write(`ready ${url}\n`),
});
process.stdout.write("supervisor ends\n");
process.exit(code);
