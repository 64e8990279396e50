/** The process that listens: settings, services, Next, then the server; and an orderly end. */
import next from "next";
import { runProcess } from "@/lib/server/process-life";
import { openServices } from "@/lib/server/services";
import { setUpFromSettings } from "@/lib/server/users/accounts";
import { type Pages, startServer } from "@/server/server";

const isDevelopment = process.env.NODE_ENV === "development";

const pages: Pages = {
  async prepare(upgrades) {
    // Next is given a listener for upgrades that is not the server: on the real one it would answer unknown sockets.
    const app = next({ dev: isDevelopment, dir: process.cwd(), httpServer: upgrades as never });
    await app.prepare();
    const handle = app.getRequestHandler();
    return async (request, response) => {
      await handle(request, response);
    };
  },
};

await runProcess(async () => {
  const services = await openServices("server");
  await setUpFromSettings(services);
  const server = await startServer(services, pages);
  services.log.info({ url: server.url }, "server ready");
  process.send?.({ ready: server.url });
  return {
    log: services.log,
    async close() {
      await server.close();
      await services.close();
    },
  };
});
