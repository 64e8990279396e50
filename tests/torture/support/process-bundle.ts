/**
 * One file of the real server or worker, so that starting it takes well under a second: a run that kills it a thousand
 * times would otherwise mostly load modules. The server's pages are left out; all else is server/index.ts as it is.
 */
import { mkdir, rm } from "node:fs/promises";
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

export interface ProcessBundle {
  file: string;
  remove(): Promise<void>;
}

/** @param name of the top folder whose index.ts is the process */
export async function bundleProcess(name: "server" | "worker"): Promise<ProcessBundle> {
  // Inside the project: what stays outside the bundle is found from there.
  const folder = path.resolve("dist/torture");
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [path.resolve(name, "index.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: NATIVE,
    banner: { js: COMMONJS },
    plugins: [withoutPages],
    tsconfig: path.resolve("tsconfig.json"),
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
  });
  return { file, remove: () => rm(file, { force: true }) };
}
