/** Seeds the installation that the environment names, and prints the ids it made as JSON. Argument: a folder to work in. */
import { openServices } from "@/lib/server/services";
import { seed } from "@/tests/screenshots/seed";

const services = await openServices("seed");
try {
  const ids = await seed(services, process.argv[2] as string);
  // The progress it announced has left when Redis has answered once more.
  await services.redis.ping();
  console.log(`seeded ${JSON.stringify(ids)}`);
} finally {
  await services.close();
}
