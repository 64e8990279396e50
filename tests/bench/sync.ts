/**
 * How far sound and picture are apart in the finished MP4: flashes and beeps through real Chromium and the whole product.
 *
 *   npm run bench:sync [-- --runs 30] [--seconds 12] [--minutes 60]
 *
 * The runs go through codecs, pauses, a recorder of the sound that starts half a second late, and a loaded machine. With
 * `--minutes` one long recording follows, for the drift. What the page itself drew late is taken off, as its median.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { CHROMIUM_FLAGS, chromiumPath } from "@/tests/support/chromium";
import { drawingLateness, findPairs, flashAndBeep, median, type Pair } from "@/tests/support/flash-beep";
import { lastPacketEndSeconds, readMediaFacts } from "@/tests/support/media-facts";
import { type Product, startProduct } from "@/tests/support/product";
import { RecordingPage, signIn } from "@/tests/support/recording-page";

const { values } = parseArgs({
  options: { runs: { type: "string" }, seconds: { type: "string" }, minutes: { type: "string" } },
});
const runs = Number(values.runs ?? 30);
const seconds = Number(values.seconds ?? 12);
const minutes = Number(values.minutes ?? 0);

interface Plan {
  codec: "h264" | "vp9" | "vp8";
  pauses: number;
  isSoundLate: boolean;
  isLoaded: boolean;
}

/** Every codec by itself, then with each trouble, and so on. */
const PLANS: readonly Plan[] = (["h264", "vp8", "vp9"] as const).flatMap((codec) => [
  { codec, pauses: 0, isSoundLate: false, isLoaded: false },
  { codec, pauses: 2, isSoundLate: false, isLoaded: false },
  { codec, pauses: 0, isSoundLate: true, isLoaded: false },
  { codec, pauses: 0, isSoundLate: false, isLoaded: true },
]);

interface Result {
  pairs: Pair[];
  latenessSeconds: number;
  /** Of the file against the longer one of its raw tracks. */
  durationOffSeconds: number;
}

async function recordOnce(
  browser: Browser,
  product: Product,
  folder: string,
  plan: Plan,
  lengthSeconds: number,
): Promise<Result> {
  const context = await browser.newContext({ permissions: ["camera", "microphone"], baseURL: product.url });
  const page = await context.newPage();
  // What runs in the page was compiled for Node, and names its functions so.
  await page.addInitScript("globalThis.__name ??= (it) => it");
  await flashAndBeep(page);
  await page.addInitScript(({ codec, isSoundLate }) => {
    const isSupported = MediaRecorder.isTypeSupported.bind(MediaRecorder);
    const refused = codec === "h264" ? /never/ : codec === "vp9" ? /h264|avc/ : /h264|avc|vp9|vp09/;
    MediaRecorder.isTypeSupported = (type) => !refused.test(type) && isSupported(type);
    const { start } = MediaRecorder.prototype;
    MediaRecorder.prototype.start = function (timeslice) {
      const isSound = this.stream.getVideoTracks().length === 0;
      if (isSound && isSoundLate) setTimeout(() => start.call(this, timeslice), 500);
      else start.call(this, timeslice);
    };
  }, plan);
  await signIn(page);
  const recorder = new RecordingPage(page);
  await recorder.begin();
  const burners = plan.isLoaded
    ? Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for (;;);"]))
    : [];
  try {
    for (let pause = 1; pause <= plan.pauses; pause += 1) {
      await recorder.recorded(Math.floor((lengthSeconds * pause) / (plan.pauses + 1)));
      await recorder.pause.click();
      await page.waitForTimeout(1300); // The pause itself.
      await recorder.goOn.click();
    }
    const endsAtMs = Date.now() + lengthSeconds * 1000 + 600_000;
    while ((await recorder.elapsedSeconds()) < lengthSeconds && Date.now() < endsAtMs) await page.waitForTimeout(200);
    await recorder.stop.click();
  } finally {
    for (const burner of burners) burner.kill("SIGKILL");
  }
  await page.getByRole("link", { name: "Download MP4" }).waitFor({ timeout: 600_000 });
  const { id, tracks } = await recorder.newest();
  const lengths: number[] = [];
  for (const { filename } of tracks) {
    lengths.push(await lastPacketEndSeconds(path.join(product.folder, "recordings", id, filename)));
  }
  const file = path.join(folder, `${id}.mp4`);
  await writeFile(file, await (await page.request.get(`/api/v1/recordings/${id}/file`, { timeout: 60_000 })).body());
  const result = {
    pairs: await findPairs(file),
    latenessSeconds: await drawingLateness(page),
    durationOffSeconds: (await readMediaFacts(file)).durationSeconds - Math.max(...lengths),
  };
  await rm(file);
  await context.close();
  return result;
}

/** Slope of the offset over the length of a recording, by least squares, in seconds for each second. */
function driftOf(pairs: readonly Pair[]): number {
  const meanAt = pairs.reduce((sum, { atSeconds }) => sum + atSeconds, 0) / pairs.length;
  const meanOff = pairs.reduce((sum, { offSeconds }) => sum + offSeconds, 0) / pairs.length;
  const over = pairs.reduce((sum, { atSeconds, offSeconds }) => sum + (atSeconds - meanAt) * (offSeconds - meanOff), 0);
  return over / pairs.reduce((sum, { atSeconds }) => sum + (atSeconds - meanAt) ** 2, 0);
}

const ms = (value: number) => (value * 1000).toFixed(1).padStart(7);

const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-sync-"));
const product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, COMPILE_PRESET: "" });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
try {
  const offsets: number[] = [];
  console.log("run  codec  pauses  sound  machine    pairs  picture after sound   file longer than tracks (ms)");
  for (let run = 0; run < runs; run += 1) {
    const plan = PLANS[run % PLANS.length] as Plan;
    const { pairs, latenessSeconds, durationOffSeconds } = await recordOnce(browser, product, folder, plan, seconds);
    const off = median(pairs.map(({ offSeconds }) => offSeconds)) - latenessSeconds;
    offsets.push(off);
    console.log(
      `${String(run + 1).padStart(3)}  ${plan.codec.padEnd(5)}  ${String(plan.pauses).padStart(6)}  ${plan.isSoundLate ? "late " : "-    "}  ` +
        `${plan.isLoaded ? "loaded" : "-     "}  ${String(pairs.length).padStart(7)}  ${ms(off).padStart(19)}   ${ms(durationOffSeconds)}`,
    );
  }
  if (offsets.length > 0) {
    const sizes = offsets.map(Math.abs);
    console.log(`${runs} recordings: median ${ms(median(sizes)).trim()} ms, most ${ms(Math.max(...sizes)).trim()} ms`);
  }
  if (minutes > 0) {
    const plan: Plan = { codec: "h264", pauses: 0, isSoundLate: false, isLoaded: false };
    const { pairs, latenessSeconds, durationOffSeconds } = await recordOnce(
      browser,
      product,
      folder,
      plan,
      minutes * 60,
    );
    const off = median(pairs.map(({ offSeconds }) => offSeconds)) - latenessSeconds;
    console.log(
      `${minutes} min: median ${ms(off).trim()} ms of ${pairs.length}, drift ${ms(driftOf(pairs) * 3600).trim()} ms an hour, file longer than tracks by ${ms(durationOffSeconds).trim()} ms`,
    );
  }
} finally {
  await browser.close();
  await product.stop();
  await rm(folder, { recursive: true, force: true });
}
