/** The library and the page of a recording. */
import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { test } from "@/tests/support/product-test";
import { beginRecording, getRecording, makeRecording, makeToken, sendCapture } from "@/tests/support/record-fixture";
import { signIn } from "@/tests/support/sign-in";

/** This file's own user, so that what other tests record is not in the way. */
const OWNER = { email: "library@example.org", name: "Lena Brandt", password: "all the tapes there are" };

let context: BrowserContext;
let page: Page;
let url: string;
let token: string;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ browser, baseURL }) => {
  url = baseURL as string;
  const admin = await browser.newContext();
  await signIn(await admin.newPage());
  expect((await admin.request.post("/api/v1/users", { data: { ...OWNER, role: "member" } })).status()).toBe(201);
  await admin.close();
  context = await browser.newContext({ acceptDownloads: true });
  page = await context.newPage();
  await signIn(page, OWNER);
  token = await makeToken(context.request);
});
test.afterAll(() => context.close());

const card = (title: string) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name: title }) });
const titles = () => page.locator("[data-recording]").allInnerTexts();

test("an empty library invites to record", async () => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Nothing on tape yet" })).toBeVisible();
  await page.getByRole("link", { name: "Record your first" }).click();
  await expect(page).toHaveURL(/\/record$/);
});

test("what is recorded elsewhere appears by itself, live, and is followed until it is ready", async () => {
  await page.goto("/");
  const id = await beginRecording(context.request, "Harbour at dawn", ["video", "audio"]);
  await expect(card("Harbour at dawn").getByText("Live")).toBeVisible();
  await sendCapture(url, token, id, ["video", "audio"]);
  await expect(card("Harbour at dawn").getByText("Live")).toHaveCount(0);
  await expect(card("Harbour at dawn").getByText("0:20")).toBeVisible();
  await expect(card("Harbour at dawn").locator("img")).toHaveJSProperty("complete", true);
});

test("the page of a recording becomes the player without a reload", async () => {
  const id = await beginRecording(context.request, "Crossing the strait", ["video", "audio"]);
  await page.goto(`/recordings/${id}`);
  await expect(page.getByRole("heading", { name: "Recording now" })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  await sendCapture(url, token, id, ["video", "audio"]);
  await expect(page.locator("video")).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);
  await expect(page.getByRole("definition").filter({ hasText: "H.264 and AAC" })).toBeVisible();
});

test("the time line shows the picture and the time that the pointer is over", async () => {
  const timeline = page.locator("media-time-range");
  const preview = timeline.locator(":scope > media-preview-thumbnail");
  const image = preview.locator("img");
  await preview.waitFor({ state: "attached", timeout: 60_000 }); // made after the file
  const box = (await timeline.boundingBox()) as { x: number; y: number; width: number; height: number };
  const hoverAt = (part: number) => page.mouse.move(box.x + box.width * part, box.y + box.height / 2, { steps: 3 });
  await hoverAt(0.27); // a little beyond: the line is shorter than its element
  await expect(image).toBeVisible();
  expect(await image.evaluate(({ naturalWidth }: HTMLImageElement) => naturalWidth)).toBeGreaterThan(0);
  await expect(timeline.locator(":scope > media-preview-time-display")).toContainText("0:05");
  const part = () => preview.getAttribute("mediapreviewcoords");
  const early = await part();
  await hoverAt(0.75);
  await expect.poll(part).not.toBe(early);
});

test("the player plays, jumps and changes its speed", async () => {
  const video = page.locator("video");
  const state = () => video.evaluate((element: HTMLVideoElement) => [element.currentTime, element.playbackRate]);
  const play = page.getByRole("button", { name: "play", exact: true });
  const bottomOf = async (locator: Locator) => {
    const box = await locator.boundingBox();
    return box === null ? Number.NaN : box.y + box.height;
  };
  // The controls stand at the lower edge of the picture; 24 pixels are their own margin and more.
  expect((await bottomOf(video)) - (await bottomOf(play))).toBeLessThan(24);
  await play.click();
  await expect(async () => expect((await state())[0]).toBeGreaterThan(0.5)).toPass();
  await page.getByRole("button", { name: "pause", exact: true }).click();
  const [before] = await state();
  await page.locator("#main").focus();
  await page.keyboard.press("l");
  await expect(async () => expect((await state())[0]).toBeCloseTo((before as number) + 10, 0)).toPass();
  await page.getByRole("button", { name: /^Playback rate/ }).click();
  await page.getByRole("menuitemradio", { name: "1.5" }).click();
  await expect(async () => expect((await state())[1]).toBe(1.5)).toPass();
});

test("a file that the browser cannot play says so over the picture, until there is one that it can", async () => {
  const video = page.locator("video");
  const problem = page.getByRole("status").filter({ hasText: "cannot play this file" });
  const url = await video.evaluate((element: HTMLVideoElement) => {
    const { src } = element;
    element.src = "/favicon.ico";
    return src;
  });
  await expect(problem).toBeVisible();
  await video.evaluate((element: HTMLVideoElement, src) => {
    element.src = src;
  }, url);
  await expect(problem).toHaveCount(0);
});

test("downloads are named after the title", async () => {
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download MP4" }).click();
  expect((await started).suggestedFilename()).toBe("Crossing the strait.mp4");
  const track = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download audio.webm" }).click();
  expect((await track).suggestedFilename()).toMatch(/\.webm$/);
});

test("a title is changed in its place: Enter keeps it, Escape does not", async () => {
  await page.goto("/");
  await card("Harbour at dawn")
    .getByRole("button", { name: /^More for/ })
    .click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Something else");
  await page.keyboard.press("Escape");
  await expect(card("Harbour at dawn")).toBeVisible();
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "Title" }).fill("Harbour at dusk");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Harbour at dusk" })).toBeFocused();
  await page.reload();
  await expect(card("Harbour at dusk")).toBeVisible();
});

test("searching and sorting are in the address and survive a reload", async () => {
  await makeRecording(context.request, url, token, "Évening câll", ["audio"]);
  await page.goto("/");
  await page.getByRole("searchbox").fill("evening");
  await expect(page.getByText("1 recording with “evening”")).toBeVisible();
  expect(await titles()).toEqual(["Évening câll"]);
  await expect(page).toHaveURL(/\?q=evening$/);
  await page.reload();
  await expect(page.getByText("1 recording with “evening”")).toBeVisible();
  await page.getByRole("searchbox").fill("no such thing");
  await expect(page.getByRole("heading", { name: "No title has “no such thing”" })).toBeVisible();
  await page.getByRole("button", { name: "Show all recordings" }).click();
  await expect(page.getByRole("searchbox")).toHaveValue("");
  await page.getByRole("combobox", { name: "Sort" }).selectOption("By title");
  await expect(page).toHaveURL(/\?sort=title$/);
  await expect(async () =>
    expect(await titles()).toEqual(["Crossing the strait", "Évening câll", "Harbour at dusk"]),
  ).toPass();
});

test("what changes while a search is on its way does not lose its answer", async () => {
  await page.goto("/?sort=longest");
  await expect(card("Évening câll")).toBeVisible();
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    const isWanted = new Promise<void>((wanted) => {
      answer = wanted;
    });
    void page.route(/\/recordings\?.*q=evening/, async (route) => {
      resolve();
      await isWanted;
      await route.continue();
    });
  });
  await page.getByRole("searchbox").fill("evening");
  await asked;
  const { id } = (await (await context.request.get("/api/v1/recordings?q=evening")).json()).recordings[0];
  const told = page.evaluate(
    () => new Promise((resolve) => new EventSource("/api/v1/events").addEventListener("recording", resolve)),
  );
  await expect
    .poll(async () => {
      await context.request.patch(`/api/v1/recordings/${id}`, { data: { pinned: true } });
      return Promise.race([told.then(() => true), page.waitForTimeout(100)]);
    })
    .toBe(true);
  answer();
  await expect(page.getByText("1 recording with “evening”")).toBeVisible();
  await context.request.patch(`/api/v1/recordings/${id}`, { data: { pinned: false } });
  await page.unroute(/\/recordings\?.*q=evening/);
});

test("grid or list is remembered", async () => {
  await page.goto("/");
  await page.getByRole("radio", { name: "List" }).click();
  await page.reload();
  await expect(page.getByRole("radio", { name: "List" })).toBeChecked();
  await expect(page.getByRole("list", { name: "Recordings" })).toHaveClass(/divide-y/);
  await page.getByRole("radio", { name: "Grid" }).click();
});

test("several are selected at once, pinned, and deleted after a question that names them", async () => {
  for (const title of ["Spare one", "Spare two", "Spare three"]) await beginRecording(context.request, title, []);
  await page.goto("/");
  await expect(card("Spare one")).toBeVisible();
  await card("Spare one").getByRole("checkbox").click();
  await card("Spare three")
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar.getByText("3 selected")).toBeVisible();
  await bar.getByRole("button", { name: "Pin" }).click();
  await expect(card("Spare two").getByLabel("Pinned")).toBeVisible();
  await bar.getByRole("button", { name: "Delete" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("Delete 3 recordings?");
  await expect(question).toContainText("Spare two");
  await expect(question).toContainText("still being recorded");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(card("Spare two")).toBeVisible();
  await bar.getByRole("button", { name: "Delete" }).click();
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("3 recordings deleted.")).toBeVisible();
  await expect(card("Spare two")).toHaveCount(0);
  await expect(bar).toHaveCount(0);
});

test("what cannot be compiled says why in words and can be tried again", async () => {
  const id = await beginRecording(context.request, "Nothing in it", []);
  expect((await context.request.post(`/api/v1/recordings/${id}/stop`)).status()).toBe(200);
  await page.goto(`/recordings/${id}`);
  await expect(page.getByRole("heading", { name: "Compiling did not work" })).toBeVisible();
  const { failure } = await getRecording(context.request, id);
  await expect(page.getByText(failure?.message ?? "a reason")).toBeVisible();
  await context.request.delete(`/api/v1/recordings/${id}`);
  await expect(page.getByRole("heading", { name: "This recording was deleted" })).toBeVisible();
});

test("how long a recording is kept can be chosen, and pinning keeps it for good", async () => {
  const list = await (await context.request.get("/api/v1/recordings?q=Harbour")).json();
  const { id } = list.recordings[0] as RecordingResource;
  await page.goto(`/recordings/${id}`);
  await page.getByRole("combobox", { name: "Keep it" }).selectOption("For 7 days");
  await expect(page.getByText(/It goes on .* \(in 7 days\)/)).toBeVisible();
  await page.getByRole("switch", { name: /Pinned/ }).click();
  await expect(page.getByText("It stays until you unpin or delete it.")).toBeVisible();
  expect((await getRecording(context.request, id)).expiresAt).toBeNull();
});

test("a library that cannot be loaded says so, and comes when it can", async () => {
  await page.route("**/api/v1/recordings?*", (route) => route.abort());
  await page.goto("/");
  await page.getByRole("searchbox").fill("harbour");
  await expect(page.getByText("The server cannot be reached. Check your connection.")).toBeVisible();
  const asked = page.waitForRequest("**/api/v1/recordings?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await asked;
  await page.unroute("**/api/v1/recordings?*");
  // It also tries by itself, with growing pauses.
  await expect(page.getByText("1 recording with “harbour”")).toBeVisible();
  await expect(page.getByText("The server cannot be reached. Check your connection.")).toHaveCount(0);
});

test("more than a page of recordings is loaded on demand", async () => {
  const ids: string[] = [];
  for (let number = 1; number <= 61; number += 1) ids.push(await beginRecording(context.request, `Reel ${number}`, []));
  await page.goto("/?q=reel");
  await expect(page.locator("[data-recording]")).toHaveCount(60);
  await page.getByRole("button", { name: "Load more" }).click();
  await expect(page.locator("[data-recording]")).toHaveCount(61);
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);
  for (const id of ids) await context.request.delete(`/api/v1/recordings/${id}`);
  await expect(page.locator("[data-recording]")).toHaveCount(0);
});

test("another user's recording does not exist", async ({ browser }) => {
  const id = await beginRecording(context.request, "Private", []);
  const other = await browser.newContext();
  const otherPage = await other.newPage();
  await signIn(otherPage);
  expect((await otherPage.goto(`/recordings/${id}`))?.status()).toBe(404);
  await expect(otherPage.getByRole("heading", { name: "The tape ends here" })).toBeVisible();
  await other.close();
  await context.request.delete(`/api/v1/recordings/${id}`);
});
