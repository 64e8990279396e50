/** The server of Tapedeck as the ingest benchmark runs it: everything but the pages, in a process of its own. */
import { openServices } from "@/lib/server/services";
import { createToken } from "@/lib/server/users/api-tokens";
import { startServer } from "@/server/server";

const services = await openServices("server");
const server = await startServer(services, null);
const user = await services.database.user.create({
  data: { id: crypto.randomUUID(), email: "bench@example.org", name: "Bench", role: "member", autoCompile: false },
});
const { token } = await createToken(services, user.id, "bench");
process.send?.({ url: server.url, token });
process.on("message", () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
process.on("disconnect", () => process.exit());
