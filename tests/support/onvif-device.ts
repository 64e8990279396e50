/**
 * A camera that speaks ONVIF, as its specifications have it (WS-Discovery 2005/04, ONVIF Core 5.11, Media 5.10 and Media 2):
 * answers probes by UDP, and SOAP requests that carry a token which is right by its own clock.
 */
import { createHash } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface OnvifDeviceOptions {
  name?: string;
  hardware?: string;
  username?: string;
  password?: string;
  /** How much its clock is ahead, milliseconds. */
  clockAheadMs?: number;
  /** Its services: Media 2 as well, or Media alone. */
  hasMedia2?: boolean;
  /** Asks for HTTP digest before it looks at tokens. */
  wantsDigest?: boolean;
  /** The host in the addresses that it tells of itself. */
  toldHost?: string;
  /** Instead of an answer to a probe, given its message id. */
  probeAnswer?: (messageId: string) => Buffer;
  /** Instead of an answer to a request. */
  answer?: string;
}

export interface OnvifDevice {
  /** Where probes go. */
  probePort: number;
  /** Of its device service. */
  address: string;
  /** What it was asked, by the names of the elements. */
  asked: string[];
  /** Its clock and everything else can be changed. */
  options: OnvifDeviceOptions;
  close(): Promise<void>;
}

/** A device refuses tokens that seem older, or are of the future. */
const TOKEN_AGE_MS = 60_000;
const NONCE = "4f1c2d";

const envelope = (body: string, header = "") =>
  `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery">${header}<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`;

const NOT_AUTHORIZED = envelope(
  "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value>ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text>Sender not Authorized</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>",
);

/** Both listen on loopback. */
export async function startOnvifDevice(options: OnvifDeviceOptions = {}): Promise<OnvifDevice> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      const name = /<(?:d|m|m2):(\w+)/.exec(text)?.[1] ?? "";
      asked.push(name);
      const reply = (status: number, body: string, headers = {}) =>
        response.writeHead(status, { "content-type": "application/soap+xml", ...headers }).end(body);
      if (options.answer !== undefined) return reply(200, options.answer);
      if (options.wantsDigest && !isDigestRight(options, request)) {
        return reply(401, "", { "www-authenticate": `Digest realm="camera", qop="auth", nonce="${NONCE}"` });
      }
      if (name !== "GetSystemDateAndTime" && !options.wantsDigest && !isTokenRight(options, text))
        return reply(400, NOT_AUTHORIZED);
      return reply(200, envelope(answerTo(options, name, text, hostOf(options, server))));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = dgram.createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const text = bytes.toString();
    const messageId = /MessageID>([^<]+)</.exec(text)?.[1] ?? "";
    if (!text.includes("NetworkVideoTransmitter")) return;
    socket.send(options.probeAnswer?.(messageId) ?? probeMatches(options, messageId, server), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    probePort: socket.address().port,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/onvif/device_service`,
    asked,
    options,
    async close() {
      socket.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hostOf({ toldHost = "127.0.0.1" }: OnvifDeviceOptions, server: http.Server): string {
  return `${toldHost}:${(server.address() as AddressInfo).port}`;
}

function probeMatches(options: OnvifDeviceOptions, messageId: string, server: http.Server): Buffer {
  const { name = "Yard", hardware = "DS-2CD" } = options;
  const scopes = [
    "onvif://www.onvif.org/type/video_encoder",
    `onvif://www.onvif.org/name/${encodeURIComponent(name)}`,
    `onvif://www.onvif.org/hardware/${encodeURIComponent(hardware)}`,
  ];
  return Buffer.from(
    envelope(
      `<wsd:ProbeMatches><wsd:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:${createHash("md5").update(name).digest("hex")}</wsa:Address></wsa:EndpointReference><wsd:Types>dn:NetworkVideoTransmitter</wsd:Types><wsd:Scopes>${scopes.join(" ")}</wsd:Scopes><wsd:XAddrs>http://${hostOf(options, server)}/onvif/device_service</wsd:XAddrs><wsd:MetadataVersion>1</wsd:MetadataVersion></wsd:ProbeMatch></wsd:ProbeMatches>`,
      `<SOAP-ENV:Header><wsa:RelatesTo>${messageId}</wsa:RelatesTo></SOAP-ENV:Header>`,
    ),
  );
}

/** WS-Security UsernameToken Profile 1.0. */
function isTokenRight(
  { username = "viewer", password = "s&cret", clockAheadMs = 0 }: OnvifDeviceOptions,
  text: string,
) {
  const part = (name: string) => new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(text)?.[1] ?? "";
  const digest = createHash("sha1")
    .update(Buffer.from(part("Nonce"), "base64"))
    .update(part("Created"))
    .update(password)
    .digest("base64");
  const ageMs = Math.abs(Date.now() + clockAheadMs - Date.parse(part("Created")));
  return part("Username") === username && part("Password") === digest && ageMs < TOKEN_AGE_MS;
}

/** RFC 7616. */
function isDigestRight(
  { username = "viewer", password = "s&cret" }: OnvifDeviceOptions,
  { headers, method }: http.IncomingMessage,
): boolean {
  const part = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(headers.authorization ?? "")?.[1] ?? "";
  const md5 = (words: string) => createHash("md5").update(words).digest("hex");
  const [one, two] = [md5(`${username}:camera:${password}`), md5(`${method}:${part(" uri")}`)];
  return part("response") === md5(`${one}:${NONCE}:${part("nc")}:${part("cnonce")}:auth:${two}`);
}

function answerTo(options: OnvifDeviceOptions, name: string, text: string, host: string): string {
  const { hasMedia2 = true, clockAheadMs = 0 } = options;
  const service = (namespace: string, path: string) =>
    `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>http://${host}/onvif/${path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`;
  const isMedia2 = /<m2:/.test(text);
  const token = /ProfileToken>([^<]+)</.exec(text)?.[1];
  switch (name) {
    case "GetSystemDateAndTime": {
      const now = new Date(Date.now() + clockAheadMs);
      const time = `<tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second>`;
      const date = `<tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day>`;
      return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType><tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
    }
    case "GetServices": {
      const services = [
        service("http://www.onvif.org/ver10/device/wsdl", "device_service"),
        service("http://www.onvif.org/ver10/media/wsdl", "media"),
        ...(hasMedia2 ? [service("http://www.onvif.org/ver20/media/wsdl", "media2")] : []),
      ];
      return `<tds:GetServicesResponse>${services.join("")}</tds:GetServicesResponse>`;
    }
    case "GetProfiles":
      return isMedia2
        ? `<tr2:GetProfilesResponse>${[
            ["main", "Main", "H265", 3840, 2160, 25],
            ["sub", "Sub stream", "H264", 640, 360, 12.5],
          ]
            .map(
              ([id, title, encoding, width, height, rate]) =>
                `<tr2:Profiles token="${id}" fixed="true"><tr2:Name>${title}</tr2:Name><tr2:Configurations><tr2:VideoEncoder token="v"><tt:Encoding>${encoding}</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>${rate}</tt:FrameRateLimit></tt:RateControl></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>`,
            )
            .join("")}</tr2:GetProfilesResponse>`
        : `<trt:GetProfilesResponse><trt:Profiles token="p&amp;1"><tt:Name>Only one</tt:Name><tt:VideoEncoderConfiguration token="v"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>30</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles><trt:Profiles token="sound"><tt:Name>Sound alone</tt:Name></trt:Profiles></trt:GetProfilesResponse>`;
    case "GetStreamUri": {
      const uri = `rtsp://${options.toldHost ?? "127.0.0.1"}:554/stream/${token}?transport=tcp`;
      return isMedia2
        ? `<tr2:GetStreamUriResponse><tr2:Uri>${uri}</tr2:Uri></tr2:GetStreamUriResponse>`
        : `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${uri.replace("&#38;", "&amp;")}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`;
    }
    default:
      return "";
  }
}
