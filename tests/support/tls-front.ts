/** TLS before a server that speaks none: each connection is passed on as it comes. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer } from "node:tls";
import { makeCertificate } from "@/tests/support/certificate";

export interface TlsFront {
  /** For `localhost`, with a certificate that nobody has signed. */
  port: number;
  close(): Promise<void>;
}

/** @param port of the server behind it, on this machine */
export async function startTlsFront(port: number): Promise<TlsFront> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-tls-"));
  const files = await makeCertificate(folder);
  const [key, cert] = [await readFile(files.key), await readFile(files.certificate)];
  const front = createServer({ key, cert }, (socket) => {
    const behind = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  front.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return {
    port: (front.address() as AddressInfo).port,
    async close() {
      front.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
