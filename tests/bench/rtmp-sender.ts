/** Publishes made-up pictures to many keys at once, as cheaply as can be; a process of its own, so that it is not measured. */
import { randomBytes } from "node:crypto";
import { writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { CLIENT_CHUNK_BYTES, MEDIA, mediaMessage, RtmpClient } from "@/tests/support/rtmp-client";

const [port, seconds, bitrateBps, ...keys] = process.argv.slice(2) as [string, string, string, ...string[]];
const FRAMES_A_SECOND = 25;
const body = randomBytes(Math.round(Number(bitrateBps) / 8 / FRAMES_A_SECOND));

/** The same picture each time, only its time is another. */
function pictures(isKeyframe: boolean): (timestampMs: number) => Buffer {
  const bytes = writeMessage(mediaMessage("video", 0, MEDIA.frame(isKeyframe, body)), CLIENT_CHUNK_BYTES);
  return (timestampMs) => {
    const copy = Buffer.from(bytes);
    copy.writeUIntBE(timestampMs, 1, 3);
    return copy;
  };
}

const keyframe = pictures(true);
const other = pictures(false);
const clients = await Promise.all(keys.map((key) => RtmpClient.publish(Number(port), "live", key)));
for (const client of clients) client.sendMedia("video", 0, MEDIA.videoConfig);
const startedAtMs = performance.now();
console.log("publishing");
for (let frame = 0; frame < Number(seconds) * FRAMES_A_SECOND; frame += 1) {
  const timestampMs = (frame * 1000) / FRAMES_A_SECOND;
  const bytes = (frame % (2 * FRAMES_A_SECOND) === 0 ? keyframe : other)(timestampMs);
  for (const client of clients) client.socket.write(bytes);
  const waitMs = startedAtMs + timestampMs - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
console.log(`sent ${Number(seconds) * FRAMES_A_SECOND} ${MEDIA.frame(true, body).length} ${MEDIA.videoConfig.length}`);
await Promise.all(clients.map((client) => new Promise((resolve) => client.socket.write(Buffer.alloc(0), resolve))));
for (const client of clients) client.leave();
await Promise.all(clients.map((client) => client.closed()));
console.log("done");
process.exit(0);
