/** What a camera says it sends: the media of a session description (RFC 8866; fmtp by RFC 6184, 7798, 3640, 7587). */

export interface SdpMedia {
  kind: "video" | "audio";
  /** Upper case: H264, H265, MPEG4-GENERIC, OPUS, PCMA, PCMU … */
  encoding: string;
  payloadType: number;
  clockRate: number;
  channels: number;
  /** By lower-case name. */
  parameters: ReadonlyMap<string, string>;
  /** Where it is set up; as written, may be relative or `*`. */
  control: string;
  /** Its lines as the camera sent them. */
  section: string;
}

export interface Sdp {
  /** Of the session as a whole. */
  control: string;
  media: SdpMedia[];
}

/** Payload types with a fixed meaning (RFC 3551 §6) that cameras use without an rtpmap. */
const STATIC: Readonly<Record<number, string>> = {
  ...{ 0: "PCMU/8000", 8: "PCMA/8000", 10: "L16/44100/2", 11: "L16/44100", 14: "MPA/90000", 26: "JPEG/90000" },
};

/** Media that are neither picture nor sound are left out. */
export function parseSdp(text: string): Sdp {
  const [session = "", ...sections] = text.split(/\r?\n(?=m=)/);
  const media = (session.startsWith("m=") ? [session, ...sections] : sections).flatMap(parseMedia);
  return { control: attribute(session, "control") ?? "*", media };
}

function parseMedia(section: string): SdpMedia[] {
  const match = /^m=(video|audio) \S+ \S+ (\d+)/.exec(section);
  if (match === null) return [];
  const payloadType = Number(match[2]);
  const map = attribute(section, `rtpmap:${payloadType}`, " ") ?? STATIC[payloadType] ?? "";
  const [encoding = "", clockRate = "", channels = "1"] = map.trim().split("/");
  const parameters = new Map<string, string>();
  for (const part of (attribute(section, `fmtp:${payloadType}`, " ") ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0) parameters.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return [
    {
      kind: match[1] as SdpMedia["kind"],
      encoding: encoding.toUpperCase(),
      payloadType,
      clockRate: Number(clockRate) || 90_000,
      channels: Number(channels) || 1,
      parameters,
      control: attribute(section, "control") ?? "",
      section,
    },
  ];
}

function attribute(section: string, name: string, separator = ":"): string | null {
  const start = `a=${name}${separator}`;
  const line = section.split(/\r?\n/).find((each) => each.toLowerCase().startsWith(start.toLowerCase()));
  return line === undefined ? null : line.slice(start.length).trim();
}

/**
 * The address a control attribute stands for (RFC 2326 §C.1.1). Cameras are not exact about the slash, so the pieces are
 * joined as text, the way their makers test it.
 */
export function controlUrl(base: string, control: string): string {
  if (control === "" || control === "*") return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  return base.endsWith("/") || control.startsWith("?") ? `${base}${control}` : `${base}/${control}`;
}

/** Base64 to bytes; null when it is none. */
export function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Hexadecimal to bytes; null when it is none. */
export function decodeHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}
