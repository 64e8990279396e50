/** The guard with real sockets: a listener that must never be reached, by whatever name it is called. */
import type dns from "node:dns";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_NETWORKS, parseAllowedNetworks } from "@/lib/server/outbound/allowed-networks";
import { guardedRequest } from "@/lib/server/outbound/guarded-request";
import { OutboundGuard, type Resolver } from "@/lib/server/outbound/outbound-guard";

const usual = new OutboundGuard(parseAllowedNetworks(DEFAULT_NETWORKS));
/** 127.0.0.3 is where sources of this test are; 127.0.0.1 must not be reached. */
const withSource = parseAllowedNetworks("127.0.0.3");

let reached = 0;
const forbidden = http.createServer((_request, response) => response.end("secret"));
const source = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://source");
  const to = searchParams.get("to");
  if (pathname === "/redirect" && to !== null) response.writeHead(302, { location: to }).end();
  else if (pathname === "/again") response.writeHead(302, { location: "/again" }).end();
  else response.end(request.headers.authorization ?? "open");
});
let port: number;
let sourcePort: number;

beforeAll(async () => {
  forbidden.on("connection", () => (reached += 1));
  forbidden.listen(0, "127.0.0.1");
  source.listen(0, "127.0.0.3");
  await Promise.all([once(forbidden, "listening"), once(source, "listening")]);
  port = (forbidden.address() as AddressInfo).port;
  sourcePort = (source.address() as AddressInfo).port;
});
afterAll(() => {
  forbidden.close();
  source.close();
});
beforeEach(() => {
  reached = 0;
});

/** Answers of a name server, one after the other; the last one stays. */
function answering(...answers: string[][]): Resolver {
  let call = 0;
  return (_hostname, _options, done) => {
    const addresses = answers[Math.min(call, answers.length - 1)] as string[];
    call += 1;
    process.nextTick(
      done,
      null,
      addresses.map((address): dns.LookupAddress => ({ address, family: net.isIPv6(address) ? 6 : 4 })),
    );
  };
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of response) text += piece;
  return text;
}

const REFUSED = expect.objectContaining({ code: "address_not_allowed" });

describe("a listener on this machine is not reached", () => {
  it.each([
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "127.0.0.1%2e",
  ])("as %s, by a request", async (host) => {
    await expect(guardedRequest(usual, `http://${host}:${port}/`)).rejects.toThrow();
    expect(reached).toBe(0);
  });

  it.each([
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0",
    "",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
  ])("as %s, by a socket", async (host) => {
    for (const connect of [usual.connect.bind(usual), usual.connectTls.bind(usual)]) {
      const failure = await new Promise((resolve) => {
        try {
          connect(host, port).on("error", resolve).on("connect", resolve);
        } catch (error) {
          resolve(error);
        }
      });
      expect(failure).toBeInstanceOf(Error);
    }
    expect(reached).toBe(0);
  });

  it("nor by a local socket's path in the options", async () => {
    const options = { path: "/nowhere.sock", lookup: undefined } as Partial<net.TcpNetConnectOpts>;
    expect(() => usual.connect("127.0.0.1", port, options)).toThrow(REFUSED);
  });

  it("by a redirect from a source that may be reached", async () => {
    const guard = new OutboundGuard(withSource);
    for (const to of [`http://127.0.0.1:${port}/`, `http://2130706433:${port}/`, `//localhost:${port}/`]) {
      const url = `http://127.0.0.3:${sourcePort}/redirect?to=${encodeURIComponent(to)}`;
      await expect(guardedRequest(guard, url)).rejects.toThrow(REFUSED);
    }
    expect(reached).toBe(0);
  });

  it("by redirects to something else than HTTP", async () => {
    const guard = new OutboundGuard(withSource);
    for (const to of ["file:///etc/hostname", "ftp://127.0.0.3/", "gopher://127.0.0.3/"]) {
      const url = `http://127.0.0.3:${sourcePort}/redirect?to=${encodeURIComponent(to)}`;
      await expect(guardedRequest(guard, url)).rejects.toMatchObject({ code: "address_invalid" });
    }
  });

  it("by a name that means it, alone or beside others", async () => {
    const guard = new OutboundGuard(withSource, answering(["127.0.0.1"]));
    await expect(guardedRequest(guard, `http://camera.example:${port}/`)).rejects.toThrow(REFUSED);
    const both = new OutboundGuard(withSource, answering(["127.0.0.1", "127.0.0.3", "::1"]));
    const { response } = await guardedRequest(both, `http://camera.example:${sourcePort}/`);
    expect(await textOf(response)).toBe("open");
    expect(reached).toBe(0);
  });

  it("by a name that means something else the second time", async () => {
    const guard = new OutboundGuard(withSource, answering(["127.0.0.3"], ["127.0.0.1"]));
    const { response } = await guardedRequest(guard, `http://camera.example:${sourcePort}/`);
    // What was looked up once is connected to: the second answer is judged as well.
    expect(response.socket.remoteAddress).toBe("127.0.0.3");
    response.destroy();
    await expect(guardedRequest(guard, `http://camera.example:${port}/`)).rejects.toThrow(REFUSED);
    expect(reached).toBe(0);
  });
});

describe("what may be reached", () => {
  it("gets the user name and password of its address, and another host does not", async () => {
    const guard = new OutboundGuard(parseAllowedNetworks("127.0.0.3 127.0.0.1"));
    const base = `http://us%65r:p%40ss@127.0.0.3:${sourcePort}`;
    const basic = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(await textOf((await guardedRequest(guard, `${base}/`)).response)).toBe(basic);
    const same = await guardedRequest(guard, `${base}/redirect?to=/other`);
    expect(await textOf(same.response)).toBe(basic);
    const seen = once(forbidden, "request");
    const other = await guardedRequest(guard, `${base}/redirect?to=http://127.0.0.1:${port}/`, {
      headers: { authorization: "Bearer secret" },
    });
    other.response.destroy();
    const [request] = (await seen) as [http.IncomingMessage];
    expect(request.headers.authorization).toBeUndefined();
  });

  it("may not redirect for ever, nor be silent for ever", async () => {
    const guard = new OutboundGuard(withSource);
    await expect(guardedRequest(guard, `http://127.0.0.3:${sourcePort}/again`)).rejects.toMatchObject({
      code: "too_many_redirects",
    });
    const silent = net.createServer();
    silent.listen(0, "127.0.0.3");
    await once(silent, "listening");
    const { port: silentPort } = silent.address() as AddressInfo;
    await expect(guardedRequest(guard, `http://127.0.0.3:${silentPort}/`, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "source_silent",
    });
    silent.close();
    await expect(guardedRequest(guard, `http://127.0.0.3:${silentPort}/`)).rejects.toMatchObject({
      code: "connection_refused",
    });
  });
});
