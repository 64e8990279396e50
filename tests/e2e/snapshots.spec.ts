/** A page that records by snapshots, through the whole product, and a second one that watches it while it runs. */
import { expect } from "@playwright/test";
import type { RecordingList } from "@/lib/protocol/recordings";
import { test } from "@/tests/support/product-test";
import { signIn } from "@/tests/support/recording-page";

test("snapshots of a camera become a video, and are watched by another page meanwhile", async ({ page, context }) => {
  await signIn(page);
  await page.goto("/snapshots");
  await page.getByLabel("Name").fill("Desk");
  await page.getByRole("button", { name: "Start recording" }).click();
  const safe = page.getByTestId("snapshots-safe");
  await expect.poll(async () => Number(await safe.innerText())).toBeGreaterThan(10);

  const other = await context.newPage();
  await other.goto("/snapshots");
  const tile = other.getByRole("button", { name: /Desk/ });
  await tile.click();
  const live = other.getByRole("img", { name: "As it is now" });
  await expect.poll(() => live.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  const slider = other.getByRole("slider", { name: "Position" });
  await slider.press("Home");
  const first = other.getByRole("img", { name: "As it was at 0:00" });
  await expect.poll(() => first.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);

  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("Everything is safe on the server.")).toBeVisible();
  const newest = async () => {
    const answer = await page.request.get("/api/v1/recordings?limit=1");
    return ((await answer.json()) as RecordingList).recordings[0];
  };
  await expect.poll(async () => (await newest())?.state, { timeout: 90_000 }).toBe("ready");
  const recording = await newest();
  expect(recording).toMatchObject({ title: "Desk", source: "snapshots" });
  // Thirty frames a second, to the frame.
  expect(Math.round((Number(recording?.durationMs) * 30) / 1000) * (1000 / 30)).toBeCloseTo(
    Number(recording?.durationMs),
    -1,
  );
  await page.getByRole("link", { name: "Open the recording" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Desk" })).toBeVisible();
});
