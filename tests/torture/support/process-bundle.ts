/**
 * One file of the real server or worker, so that starting it takes well under a second: a run that kills it a thousand
 * times would otherwise mostly load modules. The server's pages are left out; all else is server/index.ts as it is.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { build, type Plugin } from "esbuild";

/** Packages with native code, which stay where npm put them. */
const NATIVE = ["better-sqlite3", "@node-rs/argon2", "bufferutil", "utf-8-validate", "pg-native", "msgpackr-extract"];

/** Some packages are CommonJS and look for these. */
const COMMONJS = [
  'import { createRequire as makeRequire } from "node:module";',
  "const require = makeRequire(import.meta.url);",
  "const __filename = import.meta.filename, __dirname = import.meta.dirname;",
].join("\n");

/** Stands in for Next: there are no pages. */
const withoutPages: Plugin = {
  name: "without-pages",
  setup(build) {
    build.onResolve({ filter: /^next$/ }, () => ({ path: "next", namespace: "pages" }));
    build.onLoad({ filter: /.*/, namespace: "pages" }, () => ({
      contents: `const handle = (request, response) => { response.statusCode = 404; response.end(); };
        export default () => ({ prepare: async () => {}, getRequestHandler: () => handle });`,
    }));
  },
};

/** Where the writer has taken bytes and not yet written them, and where it acknowledges those that are synced. */
const TAKEN = "      this.#endOffset += fresh.length;\n";
const SYNCED = "this.#options.onDurable(this.#durableOffset, performance.now() - sinceMs);\n";

/** Makes a server that acknowledges bytes before they are written: what must not be, for runs that are to find it. */
const withEarlyAcknowledgements: Plugin = {
  name: "with-early-acknowledgements",
  setup(build) {
    build.onLoad({ filter: /storage\/track-writer\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      if (!text.includes(TAKEN) || !text.includes(SYNCED)) throw new Error("The writer has no such place any more.");
      const contents = text
        .replace(SYNCED, "\n")
        .replace(TAKEN, `${TAKEN}      this.#options.onDurable(this.#endOffset, 0);\n`);
      return { contents, loader: "ts" };
    });
  },
};

export interface BundleOptions {
  /** The server acknowledges what it has not written. */
  isHasty?: boolean;
}

export interface ProcessBundle {
  file: string;
  remove(): Promise<void>;
}

/** @param entry the file that is the process, or the top folder whose index.ts it is */
export async function bundleProcess(entry: string, { isHasty = false }: BundleOptions = {}): Promise<ProcessBundle> {
  // Inside the project: what stays outside the bundle is found from there.
  const folder = path.resolve("dist/torture");
  await mkdir(folder, { recursive: true });
  const script = entry.endsWith(".ts") ? entry : path.join(entry, "index.ts");
  const file = path.join(folder, `${path.basename(entry, ".ts")}-${process.pid}${isHasty ? "-hasty" : ""}.mjs`);
  await build({
    entryPoints: [path.resolve(script)],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: NATIVE,
    banner: { js: COMMONJS },
    plugins: isHasty ? [withoutPages, withEarlyAcknowledgements] : [withoutPages],
    tsconfig: path.resolve("tsconfig.json"),
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
  });
  return { file, remove: () => rm(file, { force: true }) };
}
