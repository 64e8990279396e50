/** The tables at the beginning of a transport stream: programs and streams (ISO 13818-1 §2.4.4). */

export const TS_PACKET_BYTES = 188;
export const PAT_PID = 0;
export const PMT_PID = 0x1000;
export const VIDEO_PID = 0x100;
export const AUDIO_PID = 0x101;

export type TsVideoCodec = "h264" | "h265";
export type TsAudioCodec = "aac" | "opus";

export interface TsStreams {
  video: TsVideoCodec;
  audio: { codec: TsAudioCodec; channels: number } | null;
}

/** Table 2-34, and ETSI TS 102 366's neighbour for Opus: private data, told by its registration. */
const STREAM_TYPES = { h264: 0x1b, h265: 0x24, aac: 0x0f, opus: 0x06 } as const;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80000000) !== 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** CRC-32 of sections (Annex A). */
export function sectionCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] as number)) >>> 0;
  return crc;
}

export function programAssociation(): Uint8Array {
  return tablePacket(PAT_PID, 0x00, [0x00, 0x01, 0xe0 | (PMT_PID >> 8), PMT_PID & 0xff]);
}

export function programMap({ video, audio }: TsStreams): Uint8Array {
  const streams = stream(STREAM_TYPES[video], VIDEO_PID, []);
  if (audio !== null) streams.push(...stream(STREAM_TYPES[audio.codec], AUDIO_PID, descriptors(audio)));
  return tablePacket(PMT_PID, 0x02, [0xe0 | (VIDEO_PID >> 8), VIDEO_PID & 0xff, 0xf0, 0x00, ...streams]);
}

function stream(type: number, pid: number, described: number[]): number[] {
  return [type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, described.length, ...described];
}

/** Opus: registration "Opus" and the extension descriptor with its channels. */
function descriptors({ codec, channels }: { codec: TsAudioCodec; channels: number }): number[] {
  return codec === "opus" ? [0x05, 0x04, 0x4f, 0x70, 0x75, 0x73, 0x7f, 0x02, 0x80, channels] : [];
}

/** A section in one packet; continuity is counted by whoever sends it. */
function tablePacket(pid: number, tableId: number, content: readonly number[]): Uint8Array {
  const sectionLength = 5 + content.length + 4;
  const section = Uint8Array.of(
    ...[tableId, 0xb0 | (sectionLength >> 8), sectionLength & 0xff],
    // The only program (or stream), version 0, current, the only section.
    ...[0x00, 0x01, 0xc1, 0x00, 0x00],
    ...content,
  );
  const packet = new Uint8Array(TS_PACKET_BYTES).fill(0xff);
  packet.set([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10, 0x00]);
  packet.set(section, 5);
  new DataView(packet.buffer).setUint32(5 + section.length, sectionCrc(section));
  return packet;
}
