/** The main job by the keyboard alone: sign in, record, stop, open, download, delete. The mouse is never used. */
import { expect, type Locator, type Page } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { test } from "@/tests/support/product-test";
import { countDownLong } from "@/tests/support/recording-page";

/** More presses of Tab than any page here has stops. */
const MOST_TABS = 120;

/** Goes on with Tab until the focus is on what is wanted, as somebody without a mouse has to. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to ${target}`);
}

test("everything from signing in to deleting works without a mouse", async ({ page }) => {
  await countDownLong(page);
  await page.goto("/");
  await tabTo(page, page.getByLabel("Email"));
  await page.keyboard.type(ADMIN.email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press("Enter");

  await tabTo(page, page.getByRole("link", { name: "Record", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Record" })).toBeVisible();

  const title = page.getByLabel("Title");
  await tabTo(page, title);
  await page.keyboard.type("By hand alone");
  const record = page.getByRole("button", { name: "Record", exact: true });
  await expect(record).toBeEnabled();
  await tabTo(page, record);
  await page.keyboard.press("Enter");
  const skip = page.getByRole("button", { name: /skip|now/i });
  await tabTo(page, skip);
  await page.keyboard.press("Enter");
  const stop = page.getByRole("button", { name: "Stop" });
  await tabTo(page, stop);
  // A second of it is enough of a recording.
  await expect(page.getByTestId("elapsed")).not.toHaveText("0:00");
  await page.keyboard.press("Enter");

  const open = page.getByRole("link", { name: "Open recording" });
  await expect(page.getByRole("link", { name: "Download MP4" })).toBeVisible();
  await tabTo(page, open);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "By hand alone" })).toBeVisible();

  await tabTo(page, page.getByRole("button", { name: "play", exact: true }));
  await page.keyboard.press("Enter");
  await expect(async () => {
    expect(await page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(0);
  }).toPass();

  const download = page.waitForEvent("download");
  await tabTo(page, page.getByRole("link", { name: "Download MP4" }));
  await page.keyboard.press("Enter");
  expect((await download).suggestedFilename()).toBe("By hand alone.mp4");

  await tabTo(page, page.getByRole("button", { name: "More", exact: true }));
  await page.keyboard.press("Enter");
  const remove = page.getByRole("menuitem", { name: "Delete…" });
  await expect(remove).toBeVisible();
  while (!(await remove.evaluate((element) => element === document.activeElement))) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("alertdialog").getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 recording deleted.")).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("link", { name: "By hand alone" })).toHaveCount(0);
});

test("the first stop of every page leads past the navigation", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await page.goto("/settings");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("the library is worked with arrows and letters", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  for (const title of ["Key three", "Key two", "Key one"])
    await page.request.post("/api/v1/recordings", { data: { title } });
  await page.goto("/?q=key");
  await page.getByRole("link", { name: "Key one" }).waitFor();
  await expect(async () => {
    // Until the page is awake nobody hears the key.
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox")).toBeFocused({ timeout: 500 });
  }).toPass();
  await tabTo(page, page.getByRole("link", { name: "Key one" }));
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("link", { name: "Key two" })).toBeFocused();
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+X");
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.keyboard.press("Control+a");
  await expect(page.getByText("3 selected")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: "Selection" })).toHaveCount(0);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await tabTo(page, page.getByRole("alertdialog").getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "No title has “key”" })).toBeVisible();
});
