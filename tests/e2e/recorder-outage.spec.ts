/** A server that goes away in the middle of a recording: the browser keeps what is missing and sends it afterwards. */
import { expect, type Page, test } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { type Product, startProduct } from "@/tests/support/product";
import { calmCamera, keepChunks, RecordingPage, signIn, useNoisyCamera } from "@/tests/support/recording-page";

/** Below it, what is missing stays in the page's memory and its store is never read (lib/client/spool/track-spool). */
const WINDOW_BYTES = 2 * 1024 ** 2;

let product: Product;
test.beforeAll(async () => {
  product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
});
test.afterAll(() => product.stop());

/** Bytes of the picture that the browser has handed over so far. */
function videoBytes(page: Page): Promise<number> {
  return page.evaluate(() =>
    (window as unknown as { keptChunks: { video: Blob[] } }).keptChunks.video.reduce((sum, { size }) => sum + size, 0),
  );
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`a server that ends by ${signal} and comes back has every byte`, async ({ page }) => {
    const recorder = new RecordingPage(page);
    await keepChunks(page);
    await signIn(page, product.url);
    await recorder.begin(product.url);
    await recorder.recorded(3);
    await product.server.stop(signal);
    await expect(page.getByText("No connection. The recording is kept in this browser")).toBeVisible();
    const elapsed = await recorder.elapsedSeconds();
    await recorder.recorded(elapsed + 3);
    expect(await recorder.safeSeconds()).toBeLessThanOrEqual(elapsed);
    await product.startServer();
    await expect(page.getByText("Connected", { exact: true })).toBeVisible();
    await expect.poll(() => recorder.safeSeconds()).toBeGreaterThan(elapsed + 2);
    await recorder.stop.click();
    await recorder.isSafe();
    await recorder.arrivedWhole(["video", "audio"], product.url);
  });
}

test("a recording that is stopped while the server is away is sent when it is back", async ({ page }) => {
  const recorder = new RecordingPage(page);
  await keepChunks(page);
  await signIn(page, product.url);
  await recorder.begin(product.url);
  await recorder.recorded(2);
  await product.server.stop("SIGKILL");
  await recorder.recorded(4);
  await recorder.stop.click();
  await expect(page.getByRole("heading", { name: "Sending the rest" })).toBeVisible();
  await product.startServer();
  await recorder.isSafe();
  await recorder.arrivedWhole(["video", "audio"], product.url);
});

const STORES = [
  { name: "the origin private file system", remove: [] },
  { name: "IndexedDB, without such a file system", remove: ["getDirectory"] },
  { name: "memory, without either", remove: ["getDirectory", "open"] },
] as const;

for (const { name, remove } of STORES) {
  test(`more than memory is to hold waits in ${name}`, async ({ page }) => {
    await page.addInitScript((missing) => {
      if (missing.some((each) => each === "getDirectory")) {
        Reflect.deleteProperty(StorageManager.prototype, "getDirectory");
      }
      if (missing.some((each) => each === "open")) {
        IDBFactory.prototype.open = () => {
          throw new DOMException("A private window.", "InvalidStateError");
        };
      }
    }, remove);
    const recorder = new RecordingPage(page);
    await useNoisyCamera(page);
    await keepChunks(page);
    await signIn(page, product.url);
    await recorder.begin(product.url);
    await recorder.recorded(2);
    await product.server.stop("SIGKILL");
    const before = await videoBytes(page);
    await expect.poll(() => videoBytes(page)).toBeGreaterThan(before + 2 * WINDOW_BYTES);
    await calmCamera(page);
    await expect(page.getByText("only in memory: do not close the tab")).toBeVisible({ visible: remove.length === 2 });
    await product.startServer();
    await recorder.stop.click();
    await recorder.isSafe();
    await recorder.arrivedWhole(["video", "audio"], product.url);
  });
}
