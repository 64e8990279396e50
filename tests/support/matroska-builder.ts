/** Builds small Matroska files byte by byte, so that a test knows where everything lies. */

/** An element with a size of 4 bytes. */
export function element(id: number, ...content: (Uint8Array | number[])[]): Uint8Array {
  const bytes = concat(content);
  return concat([
    idBytes(id),
    [0x10 | (bytes.length >> 24), bytes.length >> 16, bytes.length >> 8, bytes.length],
    bytes,
  ]);
}

/** The beginning of an element of unknown size. */
export function openElement(id: number, ...content: (Uint8Array | number[])[]): Uint8Array {
  return concat([idBytes(id), [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], ...content]);
}

export function concat(parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));
}

/** An id is as long as it is written in hexadecimal. */
function idBytes(id: number): number[] {
  return [...Buffer.from(id.toString(16), "hex")];
}

export const ascii = (text: string): number[] => [...Buffer.from(text)];

export function unsigned(value: number, length = 4): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) & 0xff);
}

/** EBML header, Segment of unknown size, Info with ticks of a millisecond, and these tracks, numbered from 1. */
export function head(...tracks: { type: 1 | 2; codec: string; size?: [number, number] }[]): Uint8Array {
  const entries = tracks.map(({ type, codec, size }, i) =>
    element(
      0xae,
      element(0xd7, [i + 1]),
      element(0x83, [type]),
      element(0x86, ascii(codec)),
      ...(size === undefined
        ? []
        : [element(0xe0, element(0xb0, unsigned(size[0])), element(0xba, unsigned(size[1])))]),
    ),
  );
  return concat([
    element(0x1a45dfa3, element(0x4282, ascii("webm"))),
    openElement(
      0x18538067,
      element(0x1549a966, element(0x2ad7b1, unsigned(1_000_000))),
      element(0x1654ae6b, ...entries),
    ),
  ]);
}

/** The beginning of a cluster of unknown size. */
export function cluster(timestampMs: number): Uint8Array {
  return openElement(0x1f43b675, element(0xe7, unsigned(timestampMs)));
}

/** A SimpleBlock; its payload is filled with `fill`. */
export function simpleBlock(
  relativeMs: number,
  {
    track = 1,
    keyframe = true,
    payloadBytes = 20,
    fill = 0x2a,
  }: Partial<Record<"track" | "payloadBytes" | "fill", number>> & {
    keyframe?: boolean;
  } = {},
): Uint8Array {
  return element(0xa3, blockContent(relativeMs, track, keyframe ? 0x80 : 0, payloadBytes, fill));
}

/** A BlockGroup with a duration; with a reference it is no key frame. */
export function blockGroup(relativeMs: number, durationMs: number, referenceMs?: number): Uint8Array {
  return element(
    0xa0,
    element(0xa1, blockContent(relativeMs, 1, 0, 20, 0x2a)),
    element(0x9b, unsigned(durationMs)),
    ...(referenceMs === undefined ? [] : [element(0xfb, [referenceMs & 0xff])]),
  );
}

function blockContent(relativeMs: number, track: number, flags: number, payloadBytes: number, fill: number): number[] {
  return [0x80 | track, (relativeMs >> 8) & 0xff, relativeMs & 0xff, flags, ...Array<number>(payloadBytes).fill(fill)];
}
