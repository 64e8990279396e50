/** Asks a device for the streams that it has (ONVIF Media 2 where it is there, Media otherwise), with its credentials. */
import { AppError } from "@/lib/domain/errors";
import {
  all,
  at,
  escapeXml,
  MEDIA,
  MEDIA2,
  readXml,
  request,
  textAt,
  type Xml,
} from "@/lib/server/cameras/onvif/messages";
import { guardedRequest } from "@/lib/server/outbound/guarded-request";
import { answerChallenge, type Credentials } from "@/lib/server/outbound/http-credentials";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";

export interface DeviceStream {
  /** As the device calls the profile. */
  name: string;
  /** rtsp or rtsps, without credentials. */
  url: string;
  /** In lower case, as elsewhere: `h264`, `hevc`; null: not said. */
  codec: string | null;
  width: number | null;
  height: number | null;
  framesPerSecond: number | null;
}

const TIMEOUT_MS = 10_000;
/** A list of profiles with all their settings is some hundred kilobytes. */
const MAX_ANSWER_BYTES = 2 * 1024 ** 2;
/** Cameras have two or three, recorders one for each of their cameras and qualities. */
const MAX_PROFILES = 64;
const CODECS: Readonly<Record<string, string>> = { H264: "h264", H265: "hevc", JPEG: "mjpeg", MPEG4: "mpeg4" };

/**
 * @param address of the device service, as discovery told it
 * @throws {AppError} source_failed with what is wrong in words; invalid for an address that may not be reached
 */
export async function streamsOf(
  guard: OutboundGuard,
  address: string,
  credentials: Credentials | null,
): Promise<DeviceStream[]> {
  const device = new Device(guard, credentials);
  await device.learnTime(address);
  const services = all(
    await device.ask(address, "<d:GetServices><d:IncludeCapability>false</d:IncludeCapability></d:GetServices>", [
      "GetServicesResponse",
    ]),
    "Service",
  );
  const serviceAt = (namespace: string) => {
    const found = services.find((service) => textAt(service, "Namespace") === namespace);
    return found === undefined ? null : atDevice(textAt(found, "XAddr"), address);
  };
  const media2 = serviceAt(MEDIA2);
  const media = serviceAt(MEDIA);
  if (media2 !== null) return profilesOf(device, media2, MEDIA2_WORDS, address);
  if (media !== null) return profilesOf(device, media, MEDIA_WORDS, address);
  throw new AppError("source_failed", "no_streams", "The camera has no streams to offer.");
}

/** What the two services call the same. */
interface ServiceWords {
  getProfiles: string;
  getUri: (token: string) => string;
  /** Where it is in a profile. */
  encoder: string[];
  /** Where it is in the answer to getUri. */
  uri: string[];
}

const MEDIA_WORDS: ServiceWords = {
  getProfiles: "<m:GetProfiles/>",
  getUri: (token) =>
    "<m:GetStreamUri><m:StreamSetup><t:Stream>RTP-Unicast</t:Stream><t:Transport><t:Protocol>RTSP</t:Protocol>" +
    `</t:Transport></m:StreamSetup><m:ProfileToken>${escapeXml(token)}</m:ProfileToken></m:GetStreamUri>`,
  encoder: ["VideoEncoderConfiguration"],
  uri: ["MediaUri", "Uri"],
};

const MEDIA2_WORDS: ServiceWords = {
  getProfiles: "<m2:GetProfiles><m2:Type>VideoEncoder</m2:Type></m2:GetProfiles>",
  getUri: (token) =>
    `<m2:GetStreamUri><m2:Protocol>RTSP</m2:Protocol><m2:ProfileToken>${escapeXml(token)}</m2:ProfileToken></m2:GetStreamUri>`,
  encoder: ["Configurations", "VideoEncoder"],
  uri: ["Uri"],
};

async function profilesOf(
  device: Device,
  service: string,
  { getProfiles, getUri, encoder, uri }: ServiceWords,
  address: string,
): Promise<DeviceStream[]> {
  const answer = await device.ask(service, getProfiles, ["GetProfilesResponse"]);
  const profiles = all(answer, "Profiles").filter((profile) => at(profile, ...encoder) !== undefined);
  const streams: DeviceStream[] = [];
  for (const profile of profiles.slice(0, MAX_PROFILES)) {
    const token = textAt(profile, "@token");
    const told = await device.ask(service, getUri(token), ["GetStreamUriResponse"]);
    const url = atDevice(textAt(told, ...uri), address);
    if (url === null || !/^rtsps?:/i.test(url)) continue;
    const settings = at(profile, ...encoder);
    streams.push({
      ...{ name: textAt(profile, "Name") || token, url },
      codec: CODECS[textAt(settings, "Encoding").toUpperCase()] ?? null,
      width: numberAt(settings, "Resolution", "Width"),
      height: numberAt(settings, "Resolution", "Height"),
      framesPerSecond: numberAt(settings, "RateControl", "FrameRateLimit"),
    });
  }
  return streams;
}

function numberAt(xml: Xml | undefined, ...names: string[]): number | null {
  const number = Number(textAt(xml, ...names));
  return Number.isFinite(number) && number > 0 ? number : null;
}

/**
 * An address that a device tells of itself, at the host by which it was reached: behind a router, and after a move, it
 * tells another that leads nowhere, and one of another host is nothing that it could promise.
 */
function atDevice(told: string, reached: string): string | null {
  if (!URL.canParse(told)) return null;
  const url = new URL(told);
  // The host of rtsp: cannot be set, as it is no special scheme.
  const authority = `${new URL(reached).hostname}${url.port === "" ? "" : `:${url.port}`}`;
  return `${url.protocol}//${authority}${url.pathname}${url.search}`;
}

class Device {
  readonly #guard: OutboundGuard;
  readonly #credentials: Credentials | null;
  /** How much its clock is ahead of ours, milliseconds. */
  #aheadMs = 0;

  constructor(guard: OutboundGuard, credentials: Credentials | null) {
    this.#guard = guard;
    this.#credentials = credentials;
  }

  /** Tokens are made for the device's clock; those of cameras are often wrong. */
  async learnTime(address: string): Promise<void> {
    const answer = await this.#send(address, request("<d:GetSystemDateAndTime/>", null, new Date()));
    const utc = at(bodyOf(answer), "GetSystemDateAndTimeResponse", "SystemDateAndTime", "UTCDateTime");
    const part = (...names: string[]) => Number(textAt(utc, ...names));
    const time = Date.UTC(
      ...([part("Date", "Year"), part("Date", "Month") - 1, part("Date", "Day")] as const),
      ...([part("Time", "Hour"), part("Time", "Minute"), part("Time", "Second")] as const),
    );
    if (utc !== undefined && Number.isFinite(time)) this.#aheadMs = time - Date.now();
  }

  /** @returns the element at the path in the body of the answer */
  async ask(address: string, body: string, path: string[]): Promise<Xml> {
    const envelope = request(body, this.#credentials, new Date(Date.now() + this.#aheadMs));
    const answer = at(bodyOf(await this.#send(address, envelope)), ...path);
    if (answer === undefined) throw notUnderstood();
    return answer;
  }

  async #send(address: string, envelope: string): Promise<string> {
    const headers = { "content-type": "application/soap+xml; charset=utf-8" };
    const post = (more: Record<string, string> = {}) =>
      guardedRequest(this.#guard, address, {
        ...{ method: "POST", headers: { ...headers, ...more }, body: envelope, timeoutMs: TIMEOUT_MS },
      });
    let { response, url } = await post();
    const challenge = response.headers["www-authenticate"];
    if (response.statusCode === 401 && challenge !== undefined && this.#credentials !== null) {
      response.destroy();
      const uri = `${url.pathname}${url.search}`;
      const authorization = answerChallenge([challenge], { method: "POST", uri, credentials: this.#credentials });
      if (authorization === null) throw refused();
      ({ response, url } = await post({ authorization }));
    }
    const text = await readAll(response);
    if (response.statusCode === 401 || /NotAuthorized|FailedAuthentication/i.test(text)) throw refused();
    if (response.statusCode !== 200) throw notUnderstood(`status ${response.statusCode}: ${text.slice(0, 500)}`);
    return text;
  }
}

function bodyOf(text: string): Xml | undefined {
  try {
    return at(readXml(text), "Envelope", "Body");
  } catch (error) {
    throw notUnderstood(String(error));
  }
}

async function readAll(response: AsyncIterable<Buffer> & { destroy(): void }): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) {
      response.destroy();
      throw notUnderstood("the answer is too long");
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function refused(): AppError {
  return new AppError("source_failed", "credentials_refused", "The camera refuses the user name or password.");
}

function notUnderstood(detail?: string): AppError {
  const words = "What the camera answers cannot be understood. Its RTSP address can be entered by hand.";
  return new AppError("source_failed", "not_onvif", words, detail === undefined ? {} : { detail });
}
