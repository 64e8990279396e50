/**
 * What the numbers of a picture mean as colours, as far as takes must agree on it to become one stream: its parameters
 * are written once, before the first picture.
 */

/** Names as FFmpeg has them; "unknown" where the recording does not say, and where nobody here needs the difference. */
export interface Colors {
  space: string;
  transfer: string;
  primaries: string;
}

/** The ones recorders name, with what the scaler calls their matrix. */
const MATRICES: Readonly<Record<string, string>> = { bt709: "bt709", smpte170m: "smpte170m", bt470bg: "bt470" };
const TRANSFERS = new Set(["bt709", "smpte170m", "iec61966-2-1"]);
const PRIMARIES = new Set(["bt709", "smpte170m", "bt470bg"]);
const UNKNOWN = "unknown";

export function namedColors(told: { [K in keyof Colors]: string | undefined }): Colors {
  const { space = UNKNOWN, transfer = UNKNOWN, primaries = UNKNOWN } = told;
  return {
    space: space in MATRICES ? space : UNKNOWN,
    transfer: TRANSFERS.has(transfer) ? transfer : UNKNOWN,
    primaries: PRIMARIES.has(primaries) ? primaries : UNKNOWN,
  };
}

/**
 * The colours of a file of several takes: of the first that says what they are. A take that does not say is taken to
 * be the same, and not converted.
 */
export function commonColors(takes: readonly Colors[]): Colors {
  return (
    takes.find(({ space }) => space !== UNKNOWN) ??
    takes[0] ?? { space: UNKNOWN, transfer: UNKNOWN, primaries: UNKNOWN }
  );
}

interface Conversion {
  recorded: Colors;
  compiled: Colors;
}

/** More options of the `scale` filter. */
export function scaleColors(conversion: Conversion | undefined): string {
  if (conversion === undefined) return "";
  const { recorded, compiled } = conversion;
  const to = MATRICES[compiled.space];
  if (to === undefined) return ":out_range=tv";
  return `:in_color_matrix=${MATRICES[recorded.space] ?? to}:out_color_matrix=${to}:out_range=tv`;
}

/** The filter that writes the names down, after the conversion. */
export function setColors(conversion: Conversion | undefined): string[] {
  if (conversion === undefined) return [];
  const { space, transfer, primaries } = conversion.compiled;
  return [`setparams=range=tv:color_primaries=${primaries}:color_trc=${transfer}:colorspace=${space}`];
}
