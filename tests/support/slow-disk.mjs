/**
 * Loaded before a process (`node --import`): while the file that SLOW_DISK names is there, each write and sync of Node's `fs`
 * takes SLOW_DISK_MS. Those of the append-only writer are meant, which takes `fs` as it finds it.
 */
import fs from "node:fs";

const { SLOW_DISK = "", SLOW_DISK_MS = "1500" } = process.env;
let hasTold = false;

for (const name of /** @type {const} */ (["writev", "fdatasync"])) {
  const real = /** @type {(...args: unknown[]) => void} */ (fs[name]);
  Object.assign(fs, {
    [name]: (/** @type {unknown[]} */ ...args) => {
      if (!fs.existsSync(SLOW_DISK)) return real(...args);
      if (!hasTold) console.log("the disk is slow");
      hasTold = true;
      setTimeout(() => real(...args), Number(SLOW_DISK_MS));
    },
  });
}
