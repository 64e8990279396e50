/** An encoder publishes and is pushed on, somebody watches on the page, and what was watched becomes the finished recording. */
import { expect, test } from "@playwright/test";
import { execa } from "execa";
import { ADMIN } from "@/tests/support/admin";
import { type Product, startProduct } from "@/tests/support/product";
import { signIn } from "@/tests/support/sign-in";
import { positionOf } from "@/tests/support/watching";

const WATCHED_SECONDS = 3;

let product: Product;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  const account = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
  product = await startProduct({ ...account, RTMP_LISTEN: "127.0.0.1:0", OUTBOUND_NETWORKS: "127.0.0.1" });
});
test.afterAll(async () => {
  await product.stop();
});

test("a stream is watched from the page of streams, and becomes its file without a reload", async ({ browser }) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ baseURL: product.url });
  const page = await context.newPage();
  await signIn(page);
  const made = await context.request.post("/api/v1/stream-keys", { data: { name: "Lecture hall" } });
  const { key } = (await made.json()) as { key: string };
  const port = /"port":(\d+),"msg":"rtmp listens"/.exec(product.server.output())?.[1];
  const elsewhere = await context.request.post("/api/v1/stream-keys", { data: { name: "Elsewhere", record: false } });
  await page.goto("/streams");
  await page.getByRole("button", { name: "Push on what is published with Lecture hall" }).click();
  await page.getByRole("button", { name: "Add a server" }).click();
  await page.getByLabel("Name").fill("Archive");
  await page.getByRole("textbox", { name: "Server" }).fill(`rtmp://127.0.0.1:${port}/live`);
  await page.getByLabel("Stream key", { exact: true }).fill(((await elsewhere.json()) as { key: string }).key);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("switch", { name: "Push on to Archive" })).toBeChecked();
  await page.keyboard.press("Escape");
  const encoder = execa("ffmpeg", [
    ...["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25"],
    ...["-f", "lavfi", "-i", "sine=sample_rate=44100", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25"],
    ...["-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv", `rtmp://127.0.0.1:${port}/live/${key}`],
  ]);
  encoder.catch(() => {}); // it is ended
  const pushed = page.getByRole("list", { name: "Where Lecture hall is pushed on to" });
  await expect(pushed).toContainText(/Archive: pushed on, \d/);
  await page.getByRole("link", { name: "Watch live" }).click({ timeout: 60_000 });
  await expect(page.getByTestId("live")).toBeVisible();
  await expect.poll(() => positionOf(page)).toBeGreaterThan(0);
  const from = await positionOf(page);
  await expect.poll(() => positionOf(page)).toBeGreaterThan(from + WATCHED_SECONDS);
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  // As somebody presses stop: it says goodbye.
  encoder.kill("SIGINT");
  await encoder.catch(() => {});
  await expect(page.getByTestId("live")).toHaveCount(0);
  await expect(page.locator("video")).toHaveAttribute("src", /\/file/);
  await expect.poll(() => positionOf(page)).toBeGreaterThan(from);
  expect(await page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);
  await context.close();
});
