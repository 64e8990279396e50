/** What is made of a recording on request: its sound; several resolutions, played to whoever watches, the whole file when that fails. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import type { CreatedShare } from "@/lib/protocol/shares";
import { test } from "@/tests/support/product-test";
import { getRecording, makeRecording, makeToken } from "@/tests/support/record-fixture";
import { signIn } from "@/tests/support/sign-in";

let owner: BrowserContext;
let page: Page;
let id: string;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ browser, baseURL }) => {
  owner = await browser.newContext();
  page = await owner.newPage();
  await signIn(page);
  const token = await makeToken(owner.request);
  id = await makeRecording(owner.request, baseURL as string, token, "Lecture");
});
test.afterAll(() => owner.close());

const positionOf = (watched: Page) => watched.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);

test("they are made on request, and can be downloaded", async () => {
  test.slow(); // Three encodings of 20 s on one thread, beside everything else.
  await page.goto(`/recordings/${id}`);
  const more = page.getByRole("button", { name: "More", exact: true });
  await more.click();
  await page.getByRole("menuitem", { name: "Make several resolutions (HLS)" }).click();
  await expect(page.getByText("Smaller resolutions are being made.")).toBeVisible();
  const state = async () =>
    (await getRecording(owner.request, id)).extras.find(({ kind }) => kind === "adaptive")?.state;
  await expect.poll(state, { timeout: 600_000 }).toBe("made");
  await expect(page.getByText("Several resolutions are there.")).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("Escape");
    await more.click();
    await expect(page.getByRole("menuitem", { name: /^360p/ })).toBeVisible({ timeout: 2000 });
  }).toPass();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: /^480p/ }).click();
  expect((await download).suggestedFilename()).toBe("Lecture 480p.mp4");
});

test("the sound alone is made on request, and its download begins by itself", async () => {
  await page.reload();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Sound alone (M4A)" }).click();
  expect((await download).suggestedFilename()).toBe("Lecture.m4a");
});

test("who watches by a link gets segments of a resolution, and may choose which", async ({ browser }) => {
  const made = await owner.request.post(`/api/v1/recordings/${id}/shares`, { data: {} });
  const { path } = (await made.json()) as CreatedShare;
  const context = await browser.newContext();
  const guest = await context.newPage();
  const asked: string[] = [];
  guest.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await guest.goto(path);
  await expect(guest.getByText("0:00 / 0:20")).toBeVisible();
  await guest.getByRole("button", { name: "play", exact: true }).click();
  await expect.poll(() => positionOf(guest)).toBeGreaterThan(2);
  expect(asked.filter((each) => /\/hls\/hls-\d\.mp4$/.test(each)).length).toBeGreaterThan(0);
  expect(asked.filter((each) => each.endsWith("/file"))).toEqual([]);

  const linesOf = () => guest.locator("video").evaluate((video: HTMLVideoElement) => video.videoHeight);
  for (const [name, lines] of [
    ["360p", 360],
    ["720p", 720],
  ] as const) {
    await guest.locator("video").hover();
    await guest.getByRole("button", { name: "Quality" }).click();
    await guest.getByRole("menuitemradio", { name }).click();
    // What is in the buffer already is played to its end, or to where somebody goes.
    await guest.locator("video").evaluate((video: HTMLVideoElement) => {
      video.currentTime = video.currentTime < 10 ? 16 : 1;
    });
    await expect.poll(linesOf).toBe(lines);
  }
  await context.close();
});

test("when it cannot be had, the whole file is played", async () => {
  await page.route("**/hls/hls-*.m3u8", (route) => route.abort());
  await page.goto(`/recordings/${id}`);
  await expect(page.getByText("0:00 / 0:20")).toBeVisible();
  await page.getByRole("button", { name: "play", exact: true }).click();
  await expect.poll(() => positionOf(page)).toBeGreaterThan(1);
  expect(await page.locator("video").evaluate((video: HTMLVideoElement) => video.currentSrc)).toMatch(/\/file$/);
});
