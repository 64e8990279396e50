/** Somebody watches, by a share link, what another records at the same moment; and it becomes the finished recording. */
import { expect } from "@playwright/test";
import { test } from "@/tests/support/product-test";
import { RecordingPage } from "@/tests/support/recording-page";
import { signIn } from "@/tests/support/sign-in";
import { countStalls, openToWatch, positionOf, secondsBehind, stallsOf } from "@/tests/support/watching";

/** More than can be played from the beginning while the file is waited for. */
const WATCHED_SECONDS = 10;

test("a running recording is watched by a link, and becomes its file without a reload", async ({ browser }) => {
  test.setTimeout(180_000);
  const source = await browser.newContext({ permissions: ["camera", "microphone"] });
  const recorder = new RecordingPage(await source.newPage());
  await signIn(recorder.page);
  await recorder.open();
  await recorder.startNow();
  const startedAtMs = Date.now();
  await recorder.recorded(6);
  const { id } = await recorder.newest();
  const made = await source.request.post(`/api/v1/recordings/${id}/shares`, { data: {} });
  const { path } = (await made.json()) as { path: string };

  const viewer = await browser.newContext();
  const page = await viewer.newPage();
  await countStalls(page);
  const { firstPictureMs } = await openToWatch(page, path);
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  const live = page.getByTestId("live");
  await expect(live).toBeVisible();
  const from = await positionOf(page);
  await expect.poll(() => positionOf(page)).toBeGreaterThan(from + WATCHED_SECONDS);
  const behind = await secondsBehind(page, startedAtMs);
  const stalls = await stallsOf(page);
  const description = `${firstPictureMs} ms to the first picture, ${behind.toFixed(1)} s behind, ${stalls.count} stalls`;
  test.info().annotations.push({ type: "watching live", description });
  console.log(description);

  await page.getByRole("button", { name: "From the beginning" }).click();
  await expect.poll(() => positionOf(page)).toBeLessThan(5);
  await expect(live).toHaveAccessibleName(/^Go to now, .+ behind$/);
  await live.click();
  await expect.poll(() => positionOf(page)).toBeGreaterThan(from + WATCHED_SECONDS);

  const before = await positionOf(page);
  await recorder.stop.click();
  await expect(live).toHaveCount(0);
  await expect(page.locator("video")).toHaveAttribute("src", /\/file\?share=/);
  await expect.poll(() => positionOf(page)).toBeGreaterThan(before);
  expect(await page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);
  await viewer.close();
  await source.close();
});
