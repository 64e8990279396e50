/**
 * A camera of our own for what real ones do only now and then: it stalls, drops, refuses, sends garbage, jumps in time. All
 * who watch it see the same, so that hundreds cost little: each picture is packed once.
 */
import { createServer, type Server, type Socket } from "node:net";
import { execa } from "execa";

/** What it does wrong, from a picture of each connection on. */
export type Fault = "none" | "stall" | "drop" | "silent" | "garbage" | "jump" | "redirect" | "locked";

const MAX_PAYLOAD_BYTES = 1400;
const TICKS_PER_SECOND = 90_000;
const JUMP_TICKS = 3600 * TICKS_PER_SECOND;
const PAYLOAD_TYPE = 96;

/** NAL units of each picture. */
export type Pictures = Buffer[][];

/** Pictures that FFmpeg makes: H.264 without B pictures, a key frame each second. */
export async function makePictures(
  options: { size?: string; rate?: number; seconds?: number; bitrate?: string } = {},
): Promise<Pictures> {
  const { size = "192x108", rate = 25, seconds = 4, bitrate } = options;
  const { stdout } = await execa(
    "ffmpeg",
    [
      ...["-v", "error", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${seconds},noise=alls=10`],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", String(rate), "-x264-params", "aud=1:slices=1"],
      ...(bitrate === undefined ? [] : ["-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate]),
      ...["-f", "h264", "pipe:1"],
    ],
    { encoding: "buffer", maxBuffer: 256 * 1024 ** 2 },
  );
  const pictures: Pictures = [];
  for (const unit of splitUnits(Buffer.from(stdout))) {
    // A delimiter begins each picture; it is not sent.
    if (((unit[0] as number) & 0x1f) === 9) pictures.push([]);
    else pictures.at(-1)?.push(unit);
  }
  return pictures;
}

function splitUnits(bytes: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf("000001", 0, "hex"); at >= 0; at = bytes.indexOf("000001", at + 3, "hex"))
    starts.push(at);
  return starts.map((at, index) => {
    const end = starts[index + 1] ?? bytes.length;
    const unit = bytes.subarray(at + 3, end);
    return unit.at(-1) === 0 && index + 1 < starts.length ? unit.subarray(0, -1) : unit;
  });
}

export interface FakeCameraOptions {
  pictures: Pictures;
  rate?: number;
  fault?: Fault;
  /** Pictures of a connection before the fault. */
  after?: number;
}

export class FakeCamera {
  fault: Fault;
  /** Connections that were made to it. */
  connections = 0;
  readonly #options: Required<Omit<FakeCameraOptions, "fault">>;
  readonly #server: Server;
  readonly #watching = new Map<Socket, { sent: number; isStalled: boolean }>();
  readonly #sockets = new Set<Socket>();
  #timer: NodeJS.Timeout | null = null;
  #sequence = 0;
  #ticks = 1000;
  #next = 0;
  #beganMs = 0;
  #pictures = 0;

  constructor({ pictures, rate = 25, fault = "none", after = 30 }: FakeCameraOptions) {
    this.#options = { pictures, rate, after };
    this.fault = fault;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @returns its port */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.#beganMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), 1000 / this.#options.rate);
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#watching.delete(socket);
    });
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1").replace(/\$[\s\S]*/, "");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        this.#answer(socket, text.slice(0, end));
        text = text.slice(end + 4);
      }
    });
  }

  #answer(socket: Socket, request: string): void {
    if (this.fault === "silent") return;
    const [method = "", url = ""] = request.split(" ");
    const sequence = /CSeq: (\d+)/i.exec(request)?.[1] ?? "0";
    const reply = (headers: string[], body = "", status = "200 OK") =>
      socket.write(
        [`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, ...headers, `Content-Length: ${body.length}`, "", body].join(
          "\r\n",
        ),
      );
    if (this.fault === "redirect") return void reply(["Location: rtsp://10.9.9.9/else"], "", "302 Moved");
    if (this.fault === "locked") return void reply(['WWW-Authenticate: Basic realm="x"'], "", "401 Unauthorized");
    if (method === "DESCRIBE") {
      const sets = (this.#options.pictures[0] ?? []).filter((unit) => [7, 8].includes((unit[0] as number) & 0x1f));
      const sprop = sets.map((unit) => unit.toString("base64")).join(",");
      const sdp = [
        ...["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=fake", "t=0 0", `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`],
        ...[`a=rtpmap:${PAYLOAD_TYPE} H264/${TICKS_PER_SECOND}`, "a=control:track1"],
        `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets=${sprop}`,
        "",
      ].join("\r\n");
      reply([`Content-Base: ${url}/`, "Content-Type: application/sdp"], sdp);
    } else if (method === "SETUP") {
      reply(["Session: 1;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]);
    } else if (method === "PLAY") {
      reply(["Session: 1"]);
      this.#watching.set(socket, { sent: 0, isStalled: false });
    } else reply(["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"]);
  }

  /** Sends the pictures whose time has come: a late timer makes up for it. */
  #tick(): void {
    const due = Math.floor(((performance.now() - this.#beganMs) * this.#options.rate) / 1000);
    for (; this.#pictures < due; this.#pictures += 1) this.#send();
  }

  #send(): void {
    const { pictures, rate, after } = this.#options;
    const picture = pictures[this.#next] as Buffer[];
    this.#next = (this.#next + 1) % pictures.length;
    this.#ticks = (this.#ticks + TICKS_PER_SECOND / rate) >>> 0;
    if (this.#watching.size === 0) return;
    const bytes = this.#pack(picture);
    for (const [socket, watcher] of this.#watching) {
      watcher.sent += 1;
      if (watcher.sent > after && this.fault === "stall") continue;
      if (watcher.sent > after && this.fault === "drop") socket.destroy();
      else if (watcher.sent > after && this.fault === "garbage") socket.write(Buffer.alloc(5000, 0x01));
      else if (socket.writableLength < 4 * 1024 ** 2) socket.write(bytes);
      if (watcher.sent === after && this.fault === "jump") this.#ticks = (this.#ticks + JUMP_TICKS) >>> 0;
    }
  }

  #pack(units: readonly Buffer[]): Buffer {
    const packets: Buffer[] = [];
    for (const [index, unit] of units.entries()) {
      const isLast = index === units.length - 1;
      if (unit.length <= MAX_PAYLOAD_BYTES) packets.push(this.#packet([unit], isLast));
      else {
        const type = (unit[0] as number) & 0x1f;
        const indicator = ((unit[0] as number) & 0xe0) | 28;
        for (let at = 1; at < unit.length; at += MAX_PAYLOAD_BYTES) {
          const end = at + MAX_PAYLOAD_BYTES >= unit.length;
          const header = (at === 1 ? 0x80 : 0) | (end ? 0x40 : 0) | type;
          packets.push(
            this.#packet([Buffer.of(indicator, header), unit.subarray(at, at + MAX_PAYLOAD_BYTES)], end && isLast),
          );
        }
      }
    }
    return Buffer.concat(packets);
  }

  #packet(payload: Buffer[], marker: boolean): Buffer {
    const head = Buffer.alloc(16);
    const length = 12 + payload.reduce((sum, part) => sum + part.length, 0);
    head.set([0x24, 0, length >> 8, length & 0xff, 0x80, (marker ? 0x80 : 0) | PAYLOAD_TYPE]);
    head.writeUInt16BE(this.#sequence, 6);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    head.writeUInt32BE(this.#ticks, 8);
    head.writeUInt32BE(0xfeedbeef, 12);
    return Buffer.concat([head, ...payload]);
  }
}
