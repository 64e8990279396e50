/** The media tags of an FLV file, as the bodies that were published, and its metadata. */
import { readFile } from "node:fs/promises";
import { memorySource } from "@/lib/media/byte-source";
import { TAG } from "@/lib/media/flv/flv-file";
import { scanFlv } from "@/lib/media/flv/flv-scanner";
import type { AmfObject } from "@/lib/media/rtmp/amf-value";
import { Amf0Reader } from "@/lib/media/rtmp/amf0";

export interface ReadTag {
  type: "audio" | "video";
  timestampMs: number;
  body: Buffer;
}

export async function readTags(file: string): Promise<ReadTag[]> {
  const bytes = await readFile(file);
  const tags: ReadTag[] = [];
  for await (const { type, timestampMs, bodyBytes, endBytes } of scanFlv(memorySource(bytes))) {
    if (type === TAG.script) continue;
    const kind = type === TAG.video ? "video" : "audio";
    tags.push({ type: kind, timestampMs, body: bytes.subarray(bodyBytes, endBytes) });
  }
  return tags;
}

/** What `onMetaData` of the file says. */
export async function metadataOf(file: string): Promise<AmfObject> {
  const bytes = await readFile(file);
  for await (const { type, bodyBytes, endBytes } of scanFlv(memorySource(bytes))) {
    if (type !== TAG.script) continue;
    const reader = new Amf0Reader(bytes.subarray(bodyBytes, endBytes));
    reader.value();
    return reader.value() as AmfObject;
  }
  throw new Error("there is no metadata");
}
