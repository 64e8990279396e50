/**
 * Bundles server/index.ts and worker/index.ts into dist/. Packages stay where npm put them; the bundles are run from
 * the top folder, where they find package.json, prisma/ and .next/.
 */
import { build } from "esbuild";

await build({
  entryPoints: { server: "server/index.ts", worker: "worker/index.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: false,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: true,
  tsconfig: "tsconfig.json",
  logLevel: "warning",
});
