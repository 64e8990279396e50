/**
 * A small, strict S3 server in memory, with faults to order. It does what the protocol demands of what it is asked: it
 * checks lengths and Content-MD5, joins parts, answers ranges, and lets nothing through without a signature.
 */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

interface StoredObject {
  bytes: Buffer;
  etag: string;
  headers: Record<string, string>;
}

/** What is to go wrong with a request; nothing: it is answered as it should be. */
export type Fault = "500" | "cut" | "corrupt" | "silent_corrupt" | undefined;

export interface S3Server {
  endpoint: string;
  objects: Map<string, StoredObject>;
  uploads: Map<string, { key: string; parts: Map<number, Buffer>; headers: Record<string, string> }>;
  requests: string[];
  /** Asked for each request, by method and path. */
  fault: (request: string) => Fault;
  /** Stops listening, and listens again on the same port. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

export const S3_CREDENTIALS = { S3_ACCESS_KEY_ID: "test-key", S3_SECRET_ACCESS_KEY: "test-secret" };

const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest();

export async function startS3Server(): Promise<S3Server> {
  let server = make();
  let port = 0;
  async function listen(): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  }
  async function stop(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
  const state: S3Server = {
    endpoint: "",
    objects: new Map(),
    uploads: new Map(),
    requests: [],
    fault: () => undefined,
    away: stop,
    async back() {
      server = make();
      await listen();
    },
    close: stop,
  };

  function make(): http.Server {
    return http.createServer(async (request, response) => {
      const url = new URL(request.url ?? "/", "http://s3");
      const what = `${request.method} ${url.pathname}${url.search}`;
      state.requests.push(what);
      const pieces: Buffer[] = [];
      try {
        for await (const piece of request) pieces.push(piece as Buffer);
      } catch {
        return;
      }
      const fault = state.fault(what);
      if (fault === "cut") return request.socket.destroy();
      const [status, headers, body] =
        fault === "500" ? failed(500, "InternalError") : answer(request, url, Buffer.concat(pieces), fault);
      response.writeHead(status, {
        ...headers,
        "content-length": String((headers as Record<string, string>)["content-length"] ?? body.length),
      });
      response.end(request.method === "HEAD" ? undefined : body);
    });
  }

  function failed(status: number, code: string): [number, Record<string, string>, Buffer] {
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    return [status, { "content-type": "application/xml" }, Buffer.from(xml)];
  }

  function xml(body: string): [number, Record<string, string>, Buffer] {
    return [200, { "content-type": "application/xml" }, Buffer.from(`<?xml version="1.0"?>${body}`)];
  }

  function answer(
    request: http.IncomingMessage,
    url: URL,
    body: Buffer,
    fault: Fault,
  ): [number, Record<string, string>, Buffer] {
    if (!request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${S3_CREDENTIALS.S3_ACCESS_KEY_ID}/`)) {
      return failed(403, "AccessDenied");
    }
    // What one server kept as part of the object.
    if (request.headers["content-encoding"]?.includes("aws-chunked")) return failed(501, "NotImplemented");
    const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"));
    const query = url.searchParams;
    const received =
      fault === "corrupt" || fault === "silent_corrupt"
        ? Buffer.concat([Buffer.from([~(body[0] ?? 0) & 255]), body.subarray(1)])
        : body;
    const expected = request.headers["content-md5"];
    const isRight = expected === undefined || md5(received).toString("base64") === expected;
    if (request.method === "PUT" && !isRight && fault !== "silent_corrupt") return failed(400, "BadDigest");
    const metadata = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => name === "content-type" || name.startsWith("x-amz-meta-")),
    ) as Record<string, string>;

    if (request.method === "POST" && query.has("uploads")) {
      const id = randomUUID();
      state.uploads.set(id, { key, parts: new Map(), headers: metadata });
      return xml(
        `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (request.method === "GET" && query.has("uploads")) {
      const listed = [...state.uploads].filter(([, upload]) => upload.key.startsWith(query.get("prefix") ?? ""));
      return xml(
        `<ListMultipartUploadsResult>${listed.map(([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`).join("")}</ListMultipartUploadsResult>`,
      );
    }
    const upload = state.uploads.get(query.get("uploadId") ?? "");
    if (query.has("uploadId") && upload === undefined) return failed(404, "NoSuchUpload");
    if (request.method === "PUT" && upload !== undefined) {
      upload.parts.set(Number(query.get("partNumber")), received);
      return [200, { etag: `"${md5(received).toString("hex")}"` }, Buffer.alloc(0)];
    }
    if (request.method === "POST" && upload !== undefined) {
      const asked = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map((match) => Number(match[1]));
      const parts = asked.map((number) => upload.parts.get(number));
      if (parts.some((part) => part === undefined)) return failed(400, "InvalidPart");
      const all = parts as Buffer[];
      const etag = `${md5(Buffer.concat(all.map(md5))).toString("hex")}-${all.length}`;
      state.objects.set(key, { bytes: Buffer.concat(all), etag, headers: upload.headers });
      state.uploads.delete(query.get("uploadId") as string);
      return xml(
        `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`,
      );
    }
    if (request.method === "DELETE" && upload !== undefined) {
      state.uploads.delete(query.get("uploadId") as string);
      return [204, {}, Buffer.alloc(0)];
    }
    if (request.method === "PUT") {
      const etag = md5(received).toString("hex");
      state.objects.set(key, { bytes: received, etag, headers: metadata });
      return [200, { etag: `"${etag}"` }, Buffer.alloc(0)];
    }
    if (request.method === "DELETE") {
      state.objects.delete(key);
      return [204, {}, Buffer.alloc(0)];
    }
    const object = state.objects.get(key);
    if (object === undefined) return failed(404, "NoSuchKey");
    const facts = { ...object.headers, etag: `"${object.etag}"`, "content-length": String(object.bytes.length) };
    if (request.method === "HEAD") return [200, facts, Buffer.alloc(0)];
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) return [200, facts, object.bytes];
    const part = object.bytes.subarray(Number(range[1]), Number(range[2]) + 1);
    return [206, { ...facts, "content-length": String(part.length) }, part];
  }

  await listen();
  state.endpoint = `http://127.0.0.1:${port}`;
  return state;
}
