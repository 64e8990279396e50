/** Completes an FLV file whose server was killed: its head gets what a finished one says, from the tags that are there. */
import fs from "node:fs/promises";
import {
  FLV_HEADER_BYTES,
  type FlvFacts,
  FlvFile,
  HEAD_BYTES,
  NO_FACTS,
  PREVIOUS_SIZE_BYTES,
  TAG,
  TAG_HEADER_BYTES,
} from "@/lib/media/flv/flv-file";
import { scanFlv } from "@/lib/media/flv/flv-scanner";
import { readVideoHead } from "@/lib/media/flv/media-packet";
import type { AmfValue } from "@/lib/media/rtmp/amf-value";
import { Amf0Reader } from "@/lib/media/rtmp/amf0";
import { openFileSource } from "@/lib/server/storage/file-source";

/** Where the values of the metadata begin: behind the file's header, a length, and the tag's own header. */
const VALUES_AT = FLV_HEADER_BYTES + PREVIOUS_SIZE_BYTES + TAG_HEADER_BYTES;

/**
 * Nothing but the head is written, in the room it has; twice is as good as once. Nobody may be writing to the file.
 *
 * @param file absolute path
 * @returns whether it was: a file that is damaged, or not one of ours, stays as it is
 */
export async function completeStreamFile(file: string): Promise<boolean> {
  const source = await openFileSource(file);
  const flv = new FlvFile();
  let facts: FlvFacts;
  try {
    const head = Buffer.from(await source.read(0, HEAD_BYTES));
    if (head.length < HEAD_BYTES) return false;
    facts = readFacts(head.subarray(VALUES_AT));
    for await (const tag of scanFlv(source)) {
      if (tag.startBytes < HEAD_BYTES) continue;
      // Tags follow one another from the end of the head on, or it is not what we wrote.
      if (tag.isAfterDamage || tag.startBytes !== flv.sizeBytes) return false;
      const video = tag.type === TAG.video ? readVideoHead(tag.start) : null;
      const isIndexed = video?.kind === "frames" && video.isKeyframe;
      flv.tag(tag.type, tag.timestampMs, [], tag.endBytes - tag.bodyBytes, isIndexed);
    }
  } catch {
    return false;
  } finally {
    await source.close();
  }
  const handle = await fs.open(file, "r+");
  try {
    const head = flv.head(facts, true);
    await handle.write(head, 0, head.length, 0);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return true;
}

/** What the head said of the streams when the file was begun. @throws when it is no metadata */
function readFacts(values: Buffer): FlvFacts {
  const reader = new Amf0Reader(values);
  if (reader.value() !== "onMetaData") throw new Error("there is no metadata");
  const told = reader.value();
  if (told === null || typeof told !== "object" || Array.isArray(told)) return NO_FACTS;
  const number = (value: AmfValue) => (typeof value === "number" ? value : null);
  return {
    width: number(told.width),
    height: number(told.height),
    frameRate: number(told.framerate),
    videoCodecId: number(told.videocodecid),
    audioCodecId: number(told.audiocodecid),
    audioSampleRate: number(told.audiosamplerate),
    audioChannels: typeof told.stereo === "boolean" ? (told.stereo ? 2 : 1) : null,
  };
}
