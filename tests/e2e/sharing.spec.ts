/** Share links as people use them: made on the recording's page, opened by somebody without an account. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { test } from "@/tests/support/product-test";
import { makeRecording, makeToken } from "@/tests/support/record-fixture";
import { signIn } from "@/tests/support/sign-in";

const PASSWORD = "open sesame";

let owner: BrowserContext;
let page: Page;
let recording: string;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ browser, baseURL }) => {
  owner = await browser.newContext();
  page = await owner.newPage();
  await signIn(page);
  const token = await makeToken(owner.request);
  recording = `/recordings/${await makeRecording(owner.request, baseURL as string, token, "Rehearsal")}`;
});
test.afterAll(() => owner.close());

/** Makes a link in the dialog. @returns its address */
async function makeLink(fill: (dialog: ReturnType<Page["getByRole"]>) => Promise<void>): Promise<string> {
  await page.goto(recording);
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "New link" }).click();
  await fill(page.getByRole("dialog"));
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByLabel("Share link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  return link;
}

test("a link plays the recording to somebody without an account, until it is revoked", async ({ browser }) => {
  const link = await makeLink(async (dialog) => {
    await dialog.getByLabel("Whom is it for?").fill("The quartet");
    await dialog.getByRole("switch", { name: "Allow downloading" }).click();
  });
  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(link);
  await expect(guest.getByRole("heading", { level: 1 })).toHaveText("Rehearsal");
  await expect(guest.getByText("0:00 / 0:20")).toBeVisible();
  await guest.getByRole("button", { name: "play", exact: true }).click();
  await expect(guest.locator("video")).toHaveJSProperty("paused", false);
  const download = guest.waitForEvent("download");
  await guest.getByRole("link", { name: "Download MP4" }).click();
  expect((await download).suggestedFilename()).toBe("Rehearsal.mp4");

  const item = page.getByRole("dialog").getByRole("listitem").filter({ hasText: "The quartet" });
  await item.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("dialog").getByText("there are no links")).toBeVisible();
  await guest.reload();
  await expect(guest.getByRole("heading", { name: "This link does not work" })).toBeVisible();
  await context.close();
});

test("a link with a password asks for it, and offers no download that it does not allow", async ({ browser }) => {
  const link = await makeLink((dialog) => dialog.getByLabel("Password", { exact: true }).fill(PASSWORD));
  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(link);
  await expect(guest.getByRole("heading", { level: 1 })).toHaveText("This recording has a password");
  await expect(guest).not.toHaveTitle(/Rehearsal/);
  await guest.getByLabel("Password", { exact: true }).fill("open barley");
  await guest.getByRole("button", { name: "Open" }).click();
  await expect(guest.getByRole("main").getByRole("alert")).toContainText("not the password");
  await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await guest.getByRole("button", { name: "Open" }).click();
  await expect(guest.getByText("0:00 / 0:20")).toBeVisible();
  await expect(guest.getByRole("link", { name: "Download MP4" })).toHaveCount(0);
  await context.close();
});
