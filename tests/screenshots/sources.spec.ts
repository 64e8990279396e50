/** The pages about what is happening now, with encoders, network cameras, snapshots and a recorder that really run. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import type { CreatedShare } from "@/lib/protocol/shares";
import { type RunningSources, startSources } from "@/tests/screenshots/running-sources";
import { type Cookies, OUTPUT, shootEverywhere, type View } from "@/tests/screenshots/shoot";
import { ADMIN } from "@/tests/support/admin";
import { freePort } from "@/tests/support/processes";
import { type Product, startProduct } from "@/tests/support/product";
import { makeRecording, makeToken } from "@/tests/support/record-fixture";
import { RecordingPage } from "@/tests/support/recording-page";
import { signIn } from "@/tests/support/sign-in";

let product: Product;
let sources: RunningSources | undefined;
let admin: Cookies;
let recorder: RecordingPage;
/** Paths: a recording that is finished, with its link, and one that runs, with its own. */
let ready: string;
let shared: string;
let live: string;
let sharedLive: string;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  await mkdir(OUTPUT, { recursive: true });
  const rtmpPort = await freePort();
  product = await startProduct({
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    OUTBOUND_NETWORKS: "127.0.0.1",
    RTMP_LISTEN: `127.0.0.1:${rtmpPort}`,
  });
  const context = await browser.newContext({ baseURL: product.url, permissions: ["camera", "microphone"] });
  const page = await context.newPage();
  await signIn(page);
  admin = await context.storageState();
  const { request } = context;
  const token = await makeToken(request);
  const link = async (recording: string) => {
    const answer = await request.post(`/api/v1${recording}/shares`, { data: { mayDownload: true } });
    return ((await answer.json()) as CreatedShare).path;
  };
  ready = `/recordings/${await makeRecording(request, product.url, token, "Rehearsal, second half")}`;
  shared = await link(ready);
  const hook = await request.post("/api/v1/webhooks", {
    data: { url: "http://127.0.0.1:9/recordings/told-here", events: ["recording.ready", "recording.failed"] },
  });
  const { id } = (await hook.json()) as { id: string };
  await request.post(`/api/v1/webhooks/${id}/test`);
  sources = await startSources(request, {
    url: product.url,
    token,
    folder: path.join(product.folder, "work"),
    rtmpPort,
  });

  recorder = new RecordingPage(page);
  await recorder.open();
  await recorder.record.click();
  await page.getByRole("button", { name: "Record now" }).click();
  await recorder.recorded(6);
  live = `/recordings/${(await recorder.newest()).id}`;
  sharedLive = await link(live);
});
test.afterAll(async () => {
  await sources?.stop();
  await product.stop();
});

async function open(page: Page, address: string): Promise<void> {
  await page.goto(new URL(address, product.url).href);
  await page.evaluate(() => document.fonts.ready);
}

async function openPlayer(page: Page, address: string): Promise<void> {
  await open(page, address);
  await page.getByText("0:00 / 0:20").waitFor();
}

/** The picture moves. */
async function watching(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.5);
  await page.getByTestId("live").waitFor();
}

const VIEWS: readonly View[] = [
  {
    name: "mjpeg",
    who: "admin",
    async show(page) {
      await open(page, "/mjpeg");
      await page.getByText("picture").first().waitFor();
    },
  },
  {
    name: "mjpeg-refused",
    who: "admin",
    async show(page) {
      await open(page, "/mjpeg");
      await page.getByLabel("Address of the stream").fill("rtsp://192.168.1.20/video");
      await page.getByRole("main").getByRole("button", { name: "Record", exact: true }).click();
      await page.getByRole("main").getByRole("alert").waitFor();
    },
  },
  {
    name: "streams",
    who: "admin",
    async show(page) {
      await open(page, "/streams");
      await page.getByRole("button", { name: "Stop recording Lecture hall" }).waitFor();
      await page.getByText("OBS at home", { exact: true }).first().waitFor();
    },
  },
  {
    name: "streams-new-key",
    who: "admin",
    async show(page) {
      await open(page, "/streams");
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Name").fill("Stage left");
    },
  },
  {
    name: "streams-renewed-key",
    who: "admin",
    async show(page) {
      await open(page, "/streams");
      await page.getByRole("button", { name: "Renew OBS at home" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Renew" }).click();
      await page.getByRole("dialog").getByLabel("Stream key", { exact: true }).waitFor();
    },
  },
  {
    name: "snapshots",
    who: "admin",
    async show(page) {
      await open(page, "/snapshots");
      await page.getByRole("button", { name: /Exam room 2, left/ }).waitFor();
      await page.waitForFunction(() => [...document.images].every(({ naturalWidth }) => naturalWidth > 0));
    },
  },
  {
    name: "snapshots-recording",
    who: "admin",
    async show(page) {
      await open(page, "/snapshots");
      await page.getByLabel("Name").fill("Desk");
      await page.getByRole("button", { name: "Start recording" }).click();
      await expect.poll(async () => Number(await page.getByTestId("snapshots-safe").innerText())).toBeGreaterThan(3);
    },
  },
  {
    name: "snapshots-watch",
    who: "admin",
    async show(page) {
      await open(page, "/snapshots");
      await page.getByRole("button", { name: /Exam room 2, right/ }).click();
      const slider = page.getByRole("slider", { name: "Position" });
      await slider.press("Home");
      for (let step = 0; step < 5; step += 1) await slider.press("ArrowRight");
      const picture = page.getByRole("img", { name: /^As it was/ });
      await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    },
  },
  {
    name: "settings-all",
    who: "admin",
    async show(page) {
      await page.setViewportSize({ width: page.viewportSize()?.width ?? 1280, height: 2600 });
      await open(page, "/settings");
    },
  },
  {
    name: "settings-webhook",
    who: "admin",
    async show(page) {
      await open(page, "/settings");
      await page.getByRole("button", { name: "New webhook" }).click();
      await page.getByLabel("Address").fill("https://example.org/recordings");
    },
  },
  {
    name: "settings-webhook-log",
    who: "admin",
    async show(page) {
      await open(page, "/settings");
      await page.getByRole("button", { name: /^Log of/ }).click();
      await page.getByRole("dialog").getByText("attempt").first().waitFor();
    },
  },
  {
    name: "recording-player",
    who: "admin",
    async show(page) {
      await openPlayer(page, ready);
      await page.locator("video").evaluate((video: HTMLVideoElement) => {
        video.currentTime = 8;
      });
      await page.getByText("0:08 / 0:20").waitFor();
      const range = await page.locator("media-time-range").boundingBox();
      if (range !== null) await page.mouse.move(range.x + range.width * 0.6, range.y + range.height / 2);
    },
  },
  {
    name: "recording-menu",
    who: "admin",
    async show(page) {
      await openPlayer(page, ready);
      await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "recording-trim",
    who: "admin",
    async show(page) {
      await openPlayer(page, ready);
      await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: "Trim…" }).click();
      await page.getByLabel("From", { exact: true }).fill("0:05");
      await page.getByLabel("To", { exact: true }).fill("0:02");
    },
  },
  { name: "shared-player", who: "nobody", show: (page) => openPlayer(page, shared) },
  {
    name: "live-player",
    who: "admin",
    async show(page) {
      await open(page, live);
      await watching(page);
    },
  },
  {
    name: "shared-live",
    who: "nobody",
    async show(page) {
      await open(page, sharedLive);
      await watching(page);
      await page.getByRole("button", { name: "From the beginning" }).click();
      await page.getByRole("button", { name: /behind$/ }).waitFor();
    },
  },
  {
    name: "more",
    who: "admin",
    async show(page) {
      await open(page, "/streams");
      if ((page.viewportSize()?.width ?? 0) > 700) return;
      await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "More" }).click();
      await page.getByRole("menu").waitFor();
    },
  },
];

for (const view of VIEWS) {
  test(view.name, ({ browser }) => shootEverywhere(browser, view, view.who === "admin" ? admin : undefined));
}
