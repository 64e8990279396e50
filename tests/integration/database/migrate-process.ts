/** A process that migrates a database and says what it applied, for tests of several at once. */
import { migrate } from "@/lib/server/database/migrate";

const [databaseUrl = ""] = process.argv.slice(2);
console.log(`applied ${JSON.stringify(await migrate(databaseUrl))}`);
