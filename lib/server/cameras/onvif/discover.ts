/** Asks the network for cameras (WS-Discovery): a question by multicast from each network of this machine, and who answers. */
import { randomUUID } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type FoundDevice, probe, readProbeMatches } from "@/lib/server/cameras/onvif/messages";

/** Where a question is sent: an address, often that of the multicast group, and a port. */
export interface DiscoveryTarget {
  host: string;
  port: number;
}

/** Devices answer within half a second (APP_MAX_DELAY), and on a busy network later. */
const LISTEN_MS = 2500;
/** A datagram that is lost is not told; the question is asked again. */
const ASK_AGAIN_MS = 700;
/** More than there are in any network that a multicast reaches; the rest is somebody's joke. */
const MAX_DEVICES = 500;

/** @returns each device once, by what it says it is called; none where the network lets nothing through */
export async function discover(targets: readonly DiscoveryTarget[]): Promise<FoundDevice[]> {
  const messageId = `urn:uuid:${randomUUID()}`;
  const question = Buffer.from(probe(messageId));
  const found = new Map<string, FoundDevice>();
  const sockets = await openSockets((text) => {
    for (const device of readProbeMatches(text, messageId)) {
      if (found.size < MAX_DEVICES || found.has(device.id)) found.set(device.id, device);
    }
  });
  const ask = () => {
    for (const socket of sockets) {
      // A network that cannot be asked from here is asked from another, or has no answer.
      for (const { host, port } of targets) socket.send(question, port, host, () => {});
    }
  };
  try {
    ask();
    await delay(ASK_AGAIN_MS);
    ask();
    await delay(LISTEN_MS - ASK_AGAIN_MS);
  } finally {
    for (const socket of sockets) socket.close();
  }
  return [...found.values()].sort((one, other) => (one.name || one.id).localeCompare(other.name || other.id));
}

/** One on each network, as a multicast goes out on one alone; and one for addresses that are asked by themselves. */
async function openSockets(onText: (text: string) => void): Promise<dgram.Socket[]> {
  const locals = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  const opened = await Promise.all(
    [undefined, ...locals].map(async (address) => {
      const socket = dgram.createSocket("udp4");
      socket.on("message", (bytes) => onText(bytes.toString("utf8")));
      try {
        socket.bind(0, address);
        await once(socket, "listening");
        if (address !== undefined) socket.setMulticastInterface(address);
      } catch {
        socket.close();
        return null;
      }
      // What comes later is of a network that went away.
      socket.on("error", () => {});
      return socket;
    }),
  );
  return opened.filter((socket) => socket !== null);
}
