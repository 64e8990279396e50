/** RTSP messages: requests written, answers and requests of the camera parsed (RFC 2326 §4–§12; RFC 7826 for what it made clear). */

export interface RtspMessage {
  /** Of an answer; null: the camera asks for something itself. */
  status: number | null;
  reason: string;
  /** Of a request of the camera. */
  method: string;
  /** By lower-case name; a header may come several times (WWW-Authenticate). */
  headers: ReadonlyMap<string, string[]>;
  body: string;
}

const decoder = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/** The first value of a header; null when there is none. */
export function header(message: RtspMessage, name: string): string | null {
  return message.headers.get(name)?.[0] ?? null;
}

/**
 * Where the head of a message ends.
 *
 * @returns offset behind the empty line; -1 when it is not there yet
 */
export function endOfHead(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== 10) continue;
    if (bytes[at + 1] === 10 && at + 1 < end) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10 && at + 2 < end) return at + 3;
  }
  return -1;
}

/** @returns null when it is no RTSP message */
export function parseHead(bytes: Uint8Array, start: number, end: number): Omit<RtspMessage, "body"> | null {
  const [first = "", ...lines] = decoder.decode(bytes.subarray(start, end)).trimEnd().split(/\r?\n/);
  const answer = /^RTSP\/\d\.\d (\d{3}) ?(.*)$/.exec(first);
  const request = /^([A-Z_]+) \S+ RTSP\/\d\.\d$/.exec(first);
  if (answer === null && request === null) return null;
  const headers = new Map<string, string[]>();
  let last: string[] | null = null;
  for (const line of lines) {
    // A line that begins with a blank goes on from the one before (RFC 2326 §4.2).
    if (/^[ \t]/.test(line) && last !== null) {
      last.push(`${last.pop()} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return {
    status: answer === null ? null : Number(answer[1]),
    reason: answer?.[2] ?? "",
    method: request?.[1] ?? "",
    headers,
  };
}

/** Bytes of the body that a head announces; NaN when what it says makes no sense. */
export function bodyLength(head: Omit<RtspMessage, "body">): number {
  const text = head.headers.get("content-length")?.[0];
  if (text === undefined) return 0;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

export function decodeBody(bytes: Uint8Array, start: number, end: number): string {
  return utf8.decode(bytes.subarray(start, end));
}

/** A request without a body. Line breaks in what is given are taken out, so that no header can be smuggled in. */
export function writeRequest(
  method: string,
  url: string,
  sequence: number,
  headers: Readonly<Record<string, string | undefined>>,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [`${method} ${url} RTSP/1.0`, `CSeq: ${sequence}`, ...lines, "", ""]
    .map((line) => line.replace(/[\r\n]/g, ""))
    .join("\r\n");
}

/** `id;timeout=60` of a Session header (RFC 2326 §12.37). */
export function parseSession(text: string): { id: string; timeoutSeconds: number } {
  const [id = "", ...parameters] = text.split(";").map((part) => part.trim());
  const timeout = parameters
    .map((part) => /^timeout\s*=\s*(\d+)$/i.exec(part)?.[1])
    .find((found) => found !== undefined);
  return { id, timeoutSeconds: Number(timeout ?? 60) || 60 };
}

/** Channels of a Transport header: `RTP/AVP/TCP;unicast;interleaved=0-1` (RFC 2326 §12.39). @returns null: not interleaved */
export function parseInterleaved(transport: string): { rtp: number; rtcp: number } | null {
  const match = /interleaved\s*=\s*(\d+)(?:\s*-\s*(\d+))?/i.exec(transport);
  if (match === null) return null;
  const rtp = Number(match[1]);
  return { rtp, rtcp: match[2] === undefined ? rtp + 1 : Number(match[2]) };
}

/** Ports a camera sends datagrams from, of a Transport header: `server_port=6970-6971`. @returns null: it does not say */
export function parseServerPorts(transport: string): { rtp: number; rtcp: number } | null {
  const match = /server_port\s*=\s*(\d+)(?:\s*-\s*(\d+))?/i.exec(transport);
  if (match === null) return null;
  const rtp = Number(match[1]);
  const rtcp = match[2] === undefined ? rtp + 1 : Number(match[2]);
  return rtp > 0 && rtp < 65_536 && rtcp > 0 && rtcp < 65_536 ? { rtp, rtcp } : null;
}

/** `rtptime` by the end of the URL of each stream in an RTP-Info header (RFC 2326 §12.33). */
export function parseRtpInfo(text: string): { url: string; rtpTime: number }[] {
  return text.split(/,(?=\s*url\s*=)/i).flatMap((part) => {
    const url = /url\s*=\s*"?([^;"]+)"?/i.exec(part)?.[1];
    const time = /rtptime\s*=\s*(\d+)/i.exec(part)?.[1];
    return url === undefined || time === undefined ? [] : [{ url: url.trim(), rtpTime: Number(time) >>> 0 }];
  });
}
