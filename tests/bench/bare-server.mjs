/**
 * What the ingest benchmark is measured against: a plain `ws` server that appends each message to a file and never
 * syncs. It says "done" when everything it got has been handed to the kernel; with the argument `sync`, when it has
 * been synced once, at the end, which shows what the disk can take.
 */
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { WebSocketServer } from "ws";

const [folder = ".", mode] = process.argv.slice(2);
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 16 * 1024 ** 2 });
sockets.on("connection", (socket, request) => {
  const name = path.join(folder, encodeURIComponent(request.url ?? ""));
  const file = createWriteStream(name, { flags: "a" });
  const finish = async () => {
    if (mode === "sync") {
      const handle = await open(name);
      await handle.datasync();
      await handle.close();
    }
    socket.send("done");
  };
  socket.on("message", (data, isBinary) => {
    if (!isBinary) file.end(() => void finish());
    else if (!file.write(data)) socket.pause();
  });
  file.on("drain", () => socket.resume());
});
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  process.send?.({ url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
});
process.on("message", () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
process.on("disconnect", () => process.exit());
