/**
 * Which stream keys a stream has come by. A relay tells it to the next server when it connects, in a property that others do
 * not know and pass over; a Tapedeck recognises by it that targets lead back to where the stream came from.
 */
import { createHash } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import type { AmfObject } from "@/lib/media/rtmp/amf-value";

/** Marks of keys, in the order in which the stream has come by them. */
export type RelayChain = readonly string[];

/** Of the object that `connect` carries. */
const CHAIN_PROPERTY = "tapedeckKeys";
/** Nobody means to push a stream on from one server to the next more often. */
const MAX_KEYS = 16;
const MARK_LENGTH = 16;

/** What a key is told as: who reads it learns nothing of it. */
function markOf(keyId: string): string {
  return createHash("sha256").update(keyId).digest("hex").slice(0, MARK_LENGTH);
}

/** @param properties of `connect`; whatever is in it is looked at with care */
export function readChain(properties: AmfObject): RelayChain {
  const told = properties[CHAIN_PROPERTY];
  if (typeof told !== "string") return [];
  return told.split(",", MAX_KEYS + 1).filter((mark) => mark.length === MARK_LENGTH);
}

/** As a property of `connect`: a text, which every server can pass over. */
export function chainProperty(chain: RelayChain): AmfObject {
  return { [CHAIN_PROPERTY]: chain.join(",") };
}

/** The chain with one more key. @throws {AppError} conflict when the stream has come by it before, or by too many */
export function withKey(chain: RelayChain, keyId: string): RelayChain {
  const mark = markOf(keyId);
  if (chain.includes(mark) || chain.length >= MAX_KEYS) {
    throw new AppError("conflict", "stream_loop", "The targets lead back to a key that the stream has come by.");
  }
  return [...chain, mark];
}
