/** A list of cameras as people have them: lines of CSV (name, address, user, password), or an object of JSON a line. */
import Papa from "papaparse";

/** What a line says, not looked at yet. */
export interface CameraListLine {
  /** In the text, from 1. */
  line: number;
  /** null: it cannot be read */
  fields: Record<string, unknown> | null;
}

const COLUMNS = ["name", "url", "username", "password"] as const;
/** What the first line may call the columns, in lower case. */
const COLUMN_NAMES: Readonly<Record<string, string>> = {
  ...{ name: "name", camera: "name", title: "name" },
  ...{ url: "url", address: "url", rtsp: "url", rtsp_url: "url", "rtsp url": "url" },
  ...{ username: "username", user: "username", login: "username", password: "password", id: "id" },
};

/** Empty lines and those that begin with # are left out. */
export function readCameraList(text: string): CameraListLine[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((words, index) => ({ line: index + 1, words: words.trim() }))
    .filter(({ words }) => words !== "" && !words.startsWith("#"));
  const [first] = lines;
  if (first === undefined) return [];
  if (first.words.startsWith("{")) return lines.map(({ line, words }) => ({ line, fields: readObject(words) }));
  // Columns are separated as in the first line.
  const delimiter = [",", ";", "\t"].find((each) => first.words.includes(each)) ?? ",";
  const cellsOf = (words: string) =>
    (Papa.parse<string[]>(words, { delimiter }).data[0] ?? []).map((cell) => cell.trim());
  const named = cellsOf(first.words).map((cell) => COLUMN_NAMES[cell.toLowerCase()]);
  const hasHead = named.includes("url");
  const columns: readonly (string | undefined)[] = hasHead ? named : COLUMNS;
  return lines.slice(hasHead ? 1 : 0).map(({ line, words }) => {
    const filled = cellsOf(words).flatMap((cell, index) => {
      const column = columns[index];
      return column === undefined || cell === "" ? [] : [[column, cell]];
    });
    return { line, fields: Object.fromEntries(filled) };
  });
}

function readObject(words: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(words);
    return read !== null && typeof read === "object" && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
