/** Reads the boxes of an MP4 back, for tests of what was written. */

export interface ReadBox {
  type: string;
  /** The content, after size and type. */
  content: DataView;
  children: ReadBox[];
}

const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "moof", "traf", "udta"]);

export function readBoxes(bytes: Uint8Array): ReadBox[] {
  const boxes: ReadBox[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  while (position < bytes.length) {
    const size = view.getUint32(position) || bytes.length - position;
    const type = Buffer.from(bytes.subarray(position + 4, position + 8)).toString("latin1");
    const content = bytes.subarray(position + 8, position + size);
    boxes.push({
      type,
      content: new DataView(content.buffer, content.byteOffset, content.byteLength),
      children: CONTAINERS.has(type) ? readBoxes(content) : [],
    });
    position += size;
  }
  return boxes;
}

/** The first box at a path like `moov/trak/mdia`; an index chooses among boxes of one name: `moov/trak:1`. */
export function boxAt(boxes: readonly ReadBox[], path: string): ReadBox | undefined {
  let level = boxes;
  let found: ReadBox | undefined;
  for (const step of path.split("/")) {
    const [type, index = "0"] = step.split(":");
    found = level.filter((each) => each.type === type)[Number(index)];
    if (found === undefined) return undefined;
    level = found.children;
  }
  return found;
}

/** The numbers of 32 bits in a box, from a position on. */
export function numbersOf(found: ReadBox | undefined, from = 0): number[] {
  if (found === undefined) return [];
  const numbers: number[] = [];
  for (let at = from; at + 4 <= found.content.byteLength; at += 4) numbers.push(found.content.getUint32(at));
  return numbers;
}
