/** Prints a new API token of a user, and nothing else on standard output. `bin/token EMAIL [NAME]` calls this. */
import { createTokenRequest } from "@/lib/protocol/accounts";
import { loadConfig } from "@/lib/server/config/load";
import { SettingsError } from "@/lib/server/config/settings";
import { openDatabase } from "@/lib/server/database/client";
import { migrate } from "@/lib/server/database/migrate";
import { EXIT_CONFIG } from "@/lib/server/process-life";
import { createToken } from "@/lib/server/users/api-tokens";

const USAGE = "Usage: bin/token EMAIL [NAME]\n\nPrints a new API token of the user with this email address.";

function fail(message: string, code = 1): never {
  console.error(message);
  process.exit(code);
}

const [email, name = "Command line", ...more] = process.argv.slice(2);
if (email === undefined || email.startsWith("-") || more.length > 0) fail(USAGE);
const request = createTokenRequest.safeParse({ name });
if (!request.success) fail(`The name ${request.error.issues[0]?.message}.`);

try {
  const { DATABASE_URL } = loadConfig();
  await migrate(DATABASE_URL);
  const database = await openDatabase(DATABASE_URL);
  const user = await database.user.findUnique({ where: { email: email.toLowerCase() } });
  if (user === null || user.disabledAt !== null) {
    fail(`There is no user with the address ${email}${user === null ? "" : " who may sign in"}.`);
  }
  const { token } = await createToken({ database }, user.id, request.data.name);
  await database.$disconnect();
  console.log(token);
} catch (error) {
  if (error instanceof SettingsError) fail(error.message, EXIT_CONFIG);
  fail(`The token could not be made: ${(error as Error).message}`);
}
