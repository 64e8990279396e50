/**
 * The few messages of ONVIF that finding a camera takes: WS-Discovery (2005/04), ONVIF Core, Media (ver10) and Media 2
 * (ver20). What devices answer is read by the names of elements, whatever prefixes they use.
 */
import { createHash, randomBytes } from "node:crypto";
import { XMLParser } from "fast-xml-parser";
import type { Credentials } from "@/lib/server/outbound/http-credentials";

const SOAP = "http://www.w3.org/2003/05/soap-envelope";
const ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
const DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
const NETWORK = "http://www.onvif.org/ver10/network/wsdl";
const SCHEMA = "http://www.onvif.org/ver10/schema";
export const DEVICE = "http://www.onvif.org/ver10/device/wsdl";
export const MEDIA = "http://www.onvif.org/ver10/media/wsdl";
export const MEDIA2 = "http://www.onvif.org/ver20/media/wsdl";
const WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity";

/** An element as it was read: text, or its children by name. */
export type Xml = string | Xml[] | { [name: string]: Xml };

// Entities are not expanded beyond those of XML itself, and nothing is fetched.
const parser = new XMLParser({
  ...{ removeNSPrefix: true, ignoreAttributes: false, attributeNamePrefix: "@", parseTagValue: false },
  ...{ parseAttributeValue: false, trimValues: true, ignoreDeclaration: true, maxNestedTags: 50 },
});

/** @throws {Error} when it is no XML */
export function readXml(text: string): Xml {
  return parser.parse(text) as Xml;
}

/** The first element on a path of names; undefined: there is none. */
export function at(xml: Xml | undefined, ...names: string[]): Xml | undefined {
  let current = xml;
  for (const name of names) {
    if (Array.isArray(current)) [current] = current;
    if (current === undefined || typeof current === "string" || Array.isArray(current)) return undefined;
    current = current[name];
  }
  return current;
}

/** All elements of a name. */
export function all(xml: Xml | undefined, name: string): Xml[] {
  const found = at(xml, name);
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

/** The text of an element, or of the first one at the path. */
export function textAt(xml: Xml | undefined, ...names: string[]): string {
  const found = at(xml, ...names);
  const first = Array.isArray(found) ? found[0] : found;
  const text = typeof first === "object" && !Array.isArray(first) ? first["#text"] : first;
  return typeof text === "string" ? text : "";
}

/** Asks every video transmitter to say where it is (WS-Discovery §5.3). */
export function probe(messageId: string): string {
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}" xmlns:d="${DISCOVERY}" xmlns:n="${NETWORK}"><s:Header>`,
    `<a:Action s:mustUnderstand="1">${DISCOVERY}/Probe</a:Action><a:MessageID>${messageId}</a:MessageID>`,
    `<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>`,
    "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>",
  ].join("");
}

/** A device that answered, as it describes itself. */
export interface FoundDevice {
  /** Of the device itself, wherever it is at the moment. */
  id: string;
  /** Addresses of its device service, http or https. */
  addresses: string[];
  /** Name and hardware of its scopes; empty: not said. */
  name: string;
  model: string;
}

/** @returns the devices of an answer to this probe; none when it is an answer to something else, or none at all */
export function readProbeMatches(text: string, messageId: string): FoundDevice[] {
  let envelope: Xml | undefined;
  try {
    envelope = at(readXml(text), "Envelope");
  } catch {
    return [];
  }
  if (textAt(envelope, "Header", "RelatesTo") !== messageId) return [];
  return all(at(envelope, "Body", "ProbeMatches"), "ProbeMatch").flatMap((match): FoundDevice[] => {
    const addresses = words(textAt(match, "XAddrs")).filter((address) => /^https?:\/\//i.test(address));
    const id = textAt(match, "EndpointReference", "Address");
    if (addresses.length === 0 || id === "") return [];
    const scopes = words(textAt(match, "Scopes"));
    return [{ id, addresses, name: scopeOf(scopes, "name"), model: scopeOf(scopes, "hardware") }];
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function scopeOf(scopes: readonly string[], kind: string): string {
  const start = `onvif://www.onvif.org/${kind}/`;
  const scope = scopes.find((each) => each.toLowerCase().startsWith(start));
  if (scope === undefined) return "";
  try {
    return decodeURIComponent(scope.slice(start.length)).replace(/_/g, " ").trim();
  } catch {
    return scope.slice(start.length);
  }
}

/**
 * A request to a device.
 *
 * @param body what is asked, with the prefixes `d`, `m`, `m2` and `t`
 * @param credentials null: without any
 * @param at the time by the device's clock; it refuses what seems old
 */
export function request(body: string, credentials: Credentials | null, at: Date): string {
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<s:Envelope xmlns:s="${SOAP}" xmlns:d="${DEVICE}" xmlns:m="${MEDIA}" xmlns:m2="${MEDIA2}" xmlns:t="${SCHEMA}">`,
    credentials === null ? "" : `<s:Header>${usernameToken(credentials, at)}</s:Header>`,
    `<s:Body>${body}</s:Body></s:Envelope>`,
  ].join("");
}

/** WS-Security UsernameToken Profile 1.0 §3.1: Base64 of the SHA-1 of nonce, time and password. */
function usernameToken({ username, password }: Credentials, at: Date): string {
  const nonce = randomBytes(16);
  const created = at.toISOString();
  const digest = createHash("sha1").update(nonce).update(created).update(password).digest("base64");
  return [
    `<w:Security s:mustUnderstand="1" xmlns:w="${WSSE}-secext-1.0.xsd" xmlns:u="${WSSE}-utility-1.0.xsd">`,
    `<w:UsernameToken><w:Username>${escapeXml(username)}</w:Username>`,
    `<w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">${digest}</w:Password>`,
    `<w:Nonce EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary">${nonce.toString("base64")}</w:Nonce>`,
    `<u:Created>${created}</u:Created></w:UsernameToken></w:Security>`,
  ].join("");
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
