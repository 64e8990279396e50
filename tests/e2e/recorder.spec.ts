/** The recording page: what it records arrives whole, whatever happens on the way, and it says what goes on. */
import { expect } from "@playwright/test";
import { barriersOf } from "@/tests/support/axe";
import { test } from "@/tests/support/product-test";
import { countDownLong, keepChunks, RecordingPage, signIn, spooledFiles } from "@/tests/support/recording-page";

// The longest file, of tests that share nothing.
test.describe.configure({ mode: "parallel" });

let recorder: RecordingPage;

test.beforeEach(async ({ page }) => {
  recorder = new RecordingPage(page);
  await keepChunks(page);
  await signIn(page);
});

test("camera and microphone arrive byte for byte, and the browser keeps nothing back", async ({ page }) => {
  await recorder.begin();
  await recorder.recorded(10);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await expect.poll(() => recorder.safeSeconds()).toBeGreaterThanOrEqual(9);
  await recorder.stop.click();
  await recorder.isSafe();
  const { tracks } = await recorder.arrivedWhole(["video", "audio"]);
  expect(tracks.find(({ kind }) => kind === "video")?.mimeType).toContain("avc1");
  expect(tracks.find(({ kind }) => kind === "audio")?.mimeType).toBe("audio/webm;codecs=opus");
  await expect.poll(() => spooledFiles(page)).toEqual([]);
});

test("after stop the page leads to the recording, its MP4, and the next one", async ({ page }) => {
  await recorder.begin();
  await recorder.recorded(2);
  await recorder.stop.click();
  await expect(page.getByRole("heading", { name: "Your recording is ready" })).toBeVisible();
  const { id } = await recorder.newest();
  await expect(page.getByRole("link", { name: "Open recording" })).toHaveAttribute("href", `/recordings/${id}`);
  await expect(page.getByRole("link", { name: "Download MP4" })).toHaveAttribute(
    "href",
    `/api/v1/recordings/${id}/file`,
  );
  expect(await barriersOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Record another" }).click();
  await expect(recorder.record).toBeEnabled();
});

test("a pause is not counted, and everything before it is safe while it lasts", async ({ page }) => {
  await recorder.begin();
  await recorder.recorded(3);
  await recorder.pause.click();
  const before = await recorder.elapsedSeconds();
  await expect.poll(() => recorder.safeSeconds()).toBe(before);
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  expect(await recorder.elapsedSeconds()).toBe(before);
  await recorder.goOn.click();
  await recorder.recorded(before + 2);
  await recorder.stop.click();
  await recorder.isSafe();
  await recorder.arrivedWhole(["video", "audio"]);
});

test("discarding asks, can be taken back, and leaves nothing here or on the server", async ({ page }) => {
  await recorder.begin();
  await recorder.recorded(2);
  const { id } = await recorder.newest();
  await recorder.discard.click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(recorder.stop).toBeVisible();
  await page.keyboard.press("d");
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
  await expect(recorder.record).toBeEnabled();
  await expect.poll(async () => (await page.request.get(`/api/v1/recordings/${id}`)).status()).toBe(404);
  await expect.poll(() => spooledFiles(page)).toEqual([]);
});

test("sound without a picture is a recording", async () => {
  await recorder.open();
  await recorder.source("Microphone").click();
  await recorder.startNow();
  await recorder.recorded(3);
  await recorder.stop.click();
  await recorder.isSafe();
  await recorder.arrivedWhole(["audio"]);
});

test("a picture without sound is a recording", async ({ page }) => {
  await recorder.open();
  await page.getByLabel("Microphone", { exact: true }).selectOption("None");
  await recorder.startNow();
  await recorder.recorded(3);
  await recorder.stop.click();
  await recorder.isSafe();
  await recorder.arrivedWhole(["video"]);
});

test("a screen with the camera in its corner is one picture", async () => {
  await recorder.open();
  await recorder.source("Screen and camera").click();
  await recorder.startNow();
  await recorder.recorded(3);
  await recorder.stop.click();
  await recorder.isSafe();
  await recorder.arrivedWhole(["video", "audio"]);
});

test("the title can be given before, during and after recording", async ({ page }) => {
  const title = page.getByLabel("Title");
  const kept = async () => (await recorder.newest()).title;
  await recorder.open();
  await title.fill("Before");
  await recorder.startNow();
  await expect.poll(kept).toBe("Before");
  await title.fill("During");
  await expect.poll(kept).toBe("During");
  await recorder.recorded(1);
  await recorder.stop.click();
  await recorder.isSafe();
  await title.fill("After");
  await expect.poll(kept).toBe("After");
});

test("the keyboard alone records, pauses, mutes and stops, and never while somebody types", async ({ page }) => {
  await countDownLong(page);
  await recorder.open();
  await expect(page.getByRole("meter", { name: "Microphone level" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toContainText(
    "Switch the microphone off and on",
  );
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.keyboard.type("rspd");
  await expect(page.getByLabel("Title")).toHaveValue("rspd");
  await expect(recorder.record).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("r");
  await expect(page.getByRole("button", { name: "Record now" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(recorder.record).toBeEnabled();
  await page.keyboard.press("r");
  await page.keyboard.press("r");
  await recorder.recorded(1);
  await page.keyboard.press("p");
  await expect(recorder.goOn).toBeVisible();
  await page.keyboard.press("p");
  await page.keyboard.press("m");
  await expect(page.getByRole("button", { name: "Switch the microphone on" })).toBeVisible();
  await page.keyboard.press("s");
  await recorder.isSafe();
  await recorder.arrivedWhole(["video", "audio"]);
});

test("what has the focus when a recording begins pauses it, and nothing that stops it", async ({ page }) => {
  await countDownLong(page);
  await recorder.open();
  await recorder.record.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Record now" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(recorder.pause).toBeFocused();
  // Recorders that are paused before their first picture hand over nothing.
  await recorder.recorded(1);
  await page.keyboard.press("Space");
  await expect(recorder.goOn).toBeFocused();
  await recorder.stop.focus();
  await page.keyboard.press("Enter");
  await recorder.isSafe();
  await expect(page.getByRole("main").getByRole("heading", { level: 2 }).first()).toBeFocused();
});

test("the countdown counts and the picture is as large as chosen, and both are found again", async ({ page }) => {
  await recorder.open();
  await page.getByRole("radio", { name: "480p" }).click();
  await page.getByRole("radio", { name: "5 s" }).click();
  await recorder.record.click();
  await expect(page.getByText("Recording begins in 5 seconds.")).toBeAttached();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.reload();
  await expect(page.getByRole("radio", { name: "5 s" })).toBeChecked();
  await expect(page.getByRole("radio", { name: "480p" })).toBeChecked();
  await page.getByRole("radio", { name: "Off" }).click();
  await recorder.record.click();
  await expect(recorder.stop).toBeVisible();
  await expect.poll(() => page.locator("video").evaluate((preview: HTMLVideoElement) => preview.videoHeight)).toBe(480);
});

test("a microphone that gives no sound is noticed", async ({ page }) => {
  await page.addInitScript(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      // Sends zeros, as a microphone with its own switch off does.
      const silence = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
      return new MediaStream([...stream.getVideoTracks(), ...silence]);
    };
  });
  await page.goto("/record");
  await expect(page.getByText("No sound comes from the microphone. Is it")).toBeVisible();
});

test("a denied permission is explained, and can be tried again", async ({ page }) => {
  await page.addInitScript(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    let denials = 1;
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      if (denials-- > 0) throw new DOMException("Permission denied", "NotAllowedError");
      return open(constraints);
    };
  });
  await page.goto("/record");
  await expect(recorder.alert).toContainText("The camera and microphone are blocked");
  await expect(recorder.alert).toContainText("Click the icon at the left end of the address bar.");
  expect(await barriersOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("meter", { name: "Microphone level" })).toBeVisible();
});

test("an insecure page says that it needs HTTPS or localhost", async ({ page }) => {
  // Browsers leave mediaDevices out on such pages; Chromium's tests only ever see localhost.
  await page.addInitScript(() => {
    Object.defineProperty(window, "isSecureContext", { value: false });
    Object.defineProperty(navigator, "mediaDevices", { value: undefined });
  });
  await page.goto("/record");
  await expect(recorder.alert).toContainText("Recording needs HTTPS");
});

test("a server without room says so before anything is recorded", async ({ page }) => {
  await page.route("**/api/v1/recordings", (route) =>
    route.fulfill({
      status: 507,
      json: {
        code: "quota_exceeded",
        message: "Your storage is full. Delete recordings to make room.",
        requestId: "r",
      },
    }),
  );
  await recorder.open();
  await recorder.record.click();
  await expect(recorder.alert).toContainText("Your storage is full.");
  await expect(recorder.record).toBeEnabled();
});

test("closing the tab asks, and links open beside a running recording", async ({ page, context }) => {
  await recorder.begin();
  await recorder.recorded(1);
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Library", exact: true }).first().click();
  await (await opened).close();
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await expect(recorder.stop).toBeVisible();
  await recorder.stop.click();
  await recorder.isSafe();
  await recorder.arrivedWhole(["video", "audio"]);
});

test("the page is without barriers and fits 360 pixels", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  await recorder.open();
  for (const source of ["Screen and camera", "Microphone", "Camera"] as const) {
    await recorder.source(source).click();
    await expect(recorder.record).toBeEnabled();
    expect(await barriersOf(page)).toEqual([]);
    expect(await fits()).toBe(true);
  }
  await recorder.startNow();
  await recorder.recorded(1);
  expect(await barriersOf(page)).toEqual([]);
  expect(await fits()).toBe(true);
  await recorder.stop.click();
  await recorder.isSafe();
  expect(await fits()).toBe(true);
});
