/** A motion JPEG server of the test's own: real pictures, sent in a dialect and at times that the test decides. */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

/** Pictures that differ from one to the next. */
export async function makeJpegs(count: number, size = "320x240"): Promise<Buffer[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-jpegs-"));
  const input = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=10`, "-frames:v", String(count)];
  await execa("ffmpeg", ["-v", "error", ...input, "-q:v", "5", path.join(folder, "%04d.jpg")]);
  const files = (await readdir(folder)).sort();
  const jpegs = await Promise.all(files.map((file) => readFile(path.join(folder, file))));
  await rm(folder, { recursive: true });
  return jpegs;
}

export interface MjpegSource {
  /** Of the stream. */
  url: string;
  /** With another path, as `/redirect`. */
  at(pathname: string): string;
  connections: number;
  /** Sends a picture to everybody who is connected. */
  send(jpeg: Buffer): void;
  /** Sends any bytes. */
  sendRaw(bytes: Buffer | string): void;
  /** Sends the pictures in turn, with a pause chosen for each, until it is stopped. */
  play(jpegs: Buffer[], pauseMs: (index: number) => number): () => void;
  /** Resolves when somebody is connected. */
  connected(): Promise<void>;
  /** Cuts every connection. */
  drop(): void;
  close(): Promise<void>;
}

export interface SourceOptions {
  contentType?: string;
  /** What stands before a picture. */
  part?: (jpeg: Buffer) => string;
  /** What stands behind it. */
  after?: string;
  /** Answers first; when it returns true the connection gets no stream. */
  answer?: (request: http.IncomingMessage, response: http.ServerResponse) => boolean;
  host?: string;
}

export async function startMjpegSource({
  contentType = "multipart/x-mixed-replace; boundary=tape-part",
  part = (jpeg) => `--tape-part\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`,
  after = "\r\n",
  answer = () => false,
  host = "127.0.0.1",
}: SourceOptions = {}): Promise<MjpegSource> {
  const open = new Set<http.ServerResponse>();
  const arrivals: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    if (answer(request, response)) return;
    response.writeHead(200, { "content-type": contentType });
    response.flushHeaders();
    open.add(response);
    source.connections += 1;
    response.on("close", () => open.delete(response));
    for (const arrived of arrivals.splice(0)) arrived();
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const source: MjpegSource = {
    url: `http://${host}:${port}/stream`,
    at: (pathname) => `http://${host}:${port}${pathname}`,
    connections: 0,
    send(jpeg) {
      source.sendRaw(Buffer.concat([Buffer.from(part(jpeg)), jpeg, Buffer.from(after)]));
    },
    sendRaw(bytes) {
      for (const response of open) response.write(bytes);
    },
    play(jpegs, pauseMs) {
      let index = 0;
      let timer: NodeJS.Timeout;
      const next = () => {
        source.send(jpegs[index % jpegs.length] as Buffer);
        timer = setTimeout(next, pauseMs(index));
        index += 1;
      };
      next();
      return () => clearTimeout(timer);
    },
    connected: () => (open.size > 0 ? Promise.resolve() : new Promise((resolve) => arrivals.push(resolve))),
    drop() {
      for (const response of open) response.destroy();
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return source;
}
