/** A server without pages as a process of its own, to be killed; says the port for encoders. */
import { loadConfig } from "@/lib/server/config/load";
import { openServices } from "@/lib/server/services";
import { startServer } from "@/server/server";

const services = await openServices("server", loadConfig());
const server = await startServer(services, null);
console.log(`port ${server.rtmp.port}`);
