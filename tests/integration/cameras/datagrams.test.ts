/** Datagrams of a camera: in their order whatever overtook what, and from nobody else. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { DatagramChannel } from "@/worker/capture/rtsp/datagram-channel";

const CAMERA = "127.0.0.1";
const STRANGER = "127.0.0.2";

let channel: DatagramChannel;
const received: { rtp: number[]; rtcp: string[] } = { rtp: [], rtcp: [] };
const sockets: Socket[] = [];

beforeEach(async () => {
  received.rtp = [];
  received.rtcp = [];
  channel = await DatagramChannel.open(
    { localAddress: "127.0.0.1", remoteAddress: CAMERA },
    {
      onRtp: (packet) => received.rtp.push(((packet[2] as number) << 8) | (packet[3] as number)),
      onRtcp: (packet) => received.rtcp.push(Buffer.from(packet).toString()),
    },
  );
});

afterEach(() => {
  channel.close();
  for (const socket of sockets.splice(0)) socket.close();
});

/** A sender at an address of this machine. */
async function sender(
  address: string,
): Promise<{ socket: Socket; send(packet: Uint8Array, port: number): Promise<void> }> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.bind({ address, port: 0 });
  await once(socket, "listening");
  return {
    socket,
    send: (packet, port) =>
      new Promise((resolve, reject) => {
        socket.send(packet, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
      }),
  };
}

function rtp(sequence: number): Uint8Array {
  const packet = new Uint8Array(20);
  packet.set([0x80, 96, sequence >> 8, sequence & 0xff]);
  return packet;
}

test("one that is overtaken takes its place, and one that never comes is not waited for long", async () => {
  const camera = await sender(CAMERA);
  for (const sequence of [10, 12, 11, 13, 15, 16]) await camera.send(rtp(sequence), channel.port);
  await eventually(() => expect(received.rtp).toEqual([10, 11, 12, 13, 15, 16]));
});

test("what another address sends is not heard", async () => {
  const [camera, stranger] = [await sender(CAMERA), await sender(STRANGER)];
  await camera.send(rtp(1), channel.port);
  await stranger.send(rtp(2), channel.port);
  await stranger.send(Buffer.from("stranger"), channel.port + 1);
  await camera.send(rtp(3), channel.port);
  await camera.send(Buffer.from("camera"), channel.port + 1);
  // 3 comes when 2 is given up: had the stranger's been taken, it would be there before.
  await eventually(() => expect(received.rtp).toEqual([1, 3]));
  await eventually(() => expect(received.rtcp).toEqual(["camera"]));
});

test("the camera is greeted where it sends from, and is told reports there", async () => {
  const [media, reports] = [await sender(CAMERA), await sender(CAMERA)];
  const greeted = once(media.socket, "message");
  const told = once(reports.socket, "message");
  channel.greet({ rtp: media.socket.address().port, rtcp: reports.socket.address().port });
  channel.sendRtcp(Buffer.from("report"));
  const [greeting, from] = await greeted;
  expect([greeting.length, greeting[0], from.port]).toEqual([12, 0x80, channel.port]);
  const [report, reporter] = await told;
  expect([report.toString(), reporter.port]).toEqual(["report", channel.port + 1]);
});
