/** Every page and its states, on a desk and on a phone, light and dark; and the pictures of the README. */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import type { CreatedShare } from "@/lib/protocol/shares";
import { ADMIN, COMPILING, FAILED, FEATURED, LIVE, NEWCOMER, UNCOMPILED } from "@/tests/screenshots/people";
import { type Cookies, DEVICES, OUTPUT, shoot, shootEverywhere, type View } from "@/tests/screenshots/shoot";
import { run } from "@/tests/support/processes";
import { type Product, startProduct } from "@/tests/support/product";
import { signIn } from "@/tests/support/sign-in";

const README_IMAGES = "docs/images";

let product: Product;
let ids: Record<string, string>;
let admin: Cookies;
let newcomer: Cookies;
let workFolder: string;
/** Paths of share links: one that opens, and one that asks for a password. */
let shared: string;
let locked: string;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  await mkdir(OUTPUT, { recursive: true });
  product = await startProduct();
  // What is being compiled is to stay so.
  await product.worker.stop();
  await shoot(await browser.newContext(DEVICES[1280]), "setup-1280-light", (page) => open(page, "/setup"));

  workFolder = path.join(product.folder, "seed");
  const seeding = run(process.execPath, ["--import", "tsx", "tests/screenshots/run-seed.ts", workFolder], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      RECORDINGS_DIR: path.join(product.folder, "recordings"),
      DATA_DIR: path.join(product.folder, "data"),
      REDIS_URL: product.redis.url,
      MIN_FREE_BYTES: "0",
      LOG_LEVEL: "warn",
    },
  });
  ids = JSON.parse(/seeded (\{.*\})/.exec(await seeding.waitFor(/seeded .*\n/, 500_000))?.[1] as string);
  admin = await cookiesOf(ADMIN);
  newcomer = await cookiesOf(NEWCOMER);
  const links = await browser.newContext({ baseURL: product.url, storageState: admin });
  const makeLink = async (request: object) => {
    const answer = await links.request.post(`/api/v1${recording(FEATURED)}/shares`, { data: request });
    return ((await answer.json()) as CreatedShare).path;
  };
  shared = await makeLink({ name: "The board", validHours: 168, mayDownload: true });
  locked = await makeLink({ name: "Jonas", password: "open sesame" });
  await links.close();

  async function cookiesOf(account: { email: string; password: string }): Promise<Cookies> {
    const context = await browser.newContext({ baseURL: product.url });
    await signIn(await context.newPage(), account);
    const state = await context.storageState();
    await context.close();
    return state;
  }
});
test.afterAll(() => product.stop());

async function open(page: Page, address: string): Promise<void> {
  await page.goto(new URL(address, product.url).href);
  await page.evaluate(() => document.fonts.ready);
}

/** The pictures of the page have arrived. */
async function pictures(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.images].every(({ complete, loading }) => complete || loading === "lazy"),
  );
}

const recording = (title: string) => `/recordings/${ids[title]}`;
const more = (page: Page, name: string) => page.getByRole("button", { name: `More for ${name}` });

const VIEWS: readonly View[] = [
  { name: "sign-in", who: "nobody", show: (page) => open(page, "/sign-in") },
  {
    name: "sign-in-wrong",
    who: "nobody",
    async show(page) {
      await open(page, "/sign-in");
      await page.getByLabel("Email").fill("ada@example.org");
      await page.getByLabel("Password", { exact: true }).fill("not this one");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("main").getByRole("alert").waitFor();
    },
  },
  { name: "invitation-over", who: "nobody", show: (page) => open(page, "/invite/tdi_none") },
  { name: "nowhere", who: "nobody", show: (page) => open(page, "/nowhere/at/all") },
  {
    name: "library",
    who: "admin",
    async show(page) {
      await open(page, "/");
      await pictures(page);
    },
  },
  {
    name: "library-list",
    who: "admin",
    async show(page) {
      await page.context().addCookies([{ name: "tapedeck.view", value: "list", url: product.url }]);
      await open(page, "/");
      await pictures(page);
    },
  },
  {
    name: "library-menu",
    who: "admin",
    async show(page) {
      await open(page, "/");
      await more(page, LIVE).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "library-selected",
    who: "admin",
    async show(page) {
      await open(page, "/");
      await more(page, LIVE).click();
      await page.getByRole("menuitem", { name: /^Select/ }).click();
      await page.getByRole("checkbox", { name: `Select ${FEATURED}` }).click({ modifiers: ["Shift"] });
      await page.getByText("3 selected").waitFor();
    },
  },
  {
    name: "library-delete",
    who: "admin",
    async show(page) {
      await open(page, "/");
      await more(page, LIVE).click();
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await page.getByRole("alertdialog").waitFor();
    },
  },
  { name: "library-empty", who: "newcomer", show: (page) => open(page, "/") },
  { name: "library-no-match", who: "admin", show: (page) => open(page, "/?q=harpsichord") },
  {
    name: "library-loading",
    who: "admin",
    async show(page) {
      await open(page, "/?q=harpsichord");
      await page.route("**/api/v1/recordings?*", () => {});
      await page.getByRole("button", { name: "Show all recordings" }).click();
      await page.getByRole("heading", { name: /^No title/ }).waitFor({ state: "detached" });
    },
  },
  {
    name: "library-unreachable",
    who: "admin",
    async show(page) {
      await open(page, "/?q=harpsichord");
      await page.route("**/api/v1/recordings?*", (route) => route.abort());
      await page.getByRole("button", { name: "Show all recordings" }).click();
      await page.getByRole("heading", { name: "The library could not be loaded" }).waitFor();
    },
  },
  {
    name: "recording-ready",
    who: "admin",
    async show(page) {
      await open(page, recording(FEATURED));
      await page.getByRole("button", { name: "play", exact: true }).waitFor();
      await page.getByText("0:00 / 12:05").waitFor();
    },
  },
  {
    name: "share-links",
    who: "admin",
    async show(page) {
      await open(page, recording(FEATURED));
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("dialog").getByText("The board", { exact: true }).waitFor();
    },
  },
  {
    name: "share-new",
    who: "admin",
    async show(page) {
      await open(page, recording(FEATURED));
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("button", { name: "New link" }).click();
      await page.getByLabel("Whom is it for?").fill("The board");
    },
  },
  {
    name: "shared",
    who: "nobody",
    async show(page) {
      await open(page, shared);
      await page.getByText("0:00 / 12:05").waitFor();
    },
  },
  { name: "shared-locked", who: "nobody", show: (page) => open(page, locked) },
  { name: "shared-over", who: "nobody", show: (page) => open(page, "/s/tds_none") },
  { name: "recording-live", who: "admin", show: (page) => open(page, recording(LIVE)) },
  { name: "recording-compiling", who: "admin", show: (page) => open(page, recording(COMPILING)) },
  { name: "recording-failed", who: "admin", show: (page) => open(page, recording(FAILED)) },
  { name: "recording-uncompiled", who: "admin", show: (page) => open(page, recording(UNCOMPILED)) },
  {
    name: "recording-not-found",
    who: "admin",
    show: (page) => open(page, "/recordings/00000000-0000-4000-8000-00000000beef"),
  },
  { name: "settings", who: "admin", show: (page) => open(page, "/settings") },
  {
    name: "settings-token",
    who: "admin",
    async show(page) {
      await open(page, "/settings");
      await page.getByRole("button", { name: "New token" }).click();
      await page.getByLabel("What is it for?").fill("Door camera");
    },
  },
  { name: "users", who: "admin", show: (page) => open(page, "/settings/users") },
  {
    name: "users-quota",
    who: "admin",
    async show(page) {
      await open(page, "/settings/users");
      await more(page, "Jonas Lindqvist").click();
      await page.getByRole("menuitem", { name: "Set the quota…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "api",
    who: "admin",
    async show(page) {
      await open(page, "/api-docs");
      await page.locator("summary", { hasText: "Begin a recording" }).click();
    },
  },
  {
    name: "api-loading",
    who: "admin",
    async show(page) {
      await page.route("**/api/openapi.json", () => {});
      await open(page, "/api-docs");
      await page.getByRole("status", { name: "The description is loading" }).waitFor();
    },
  },
  {
    name: "record",
    who: "admin",
    async show(page) {
      await provideCamera(page, "presenter");
      await open(page, "/record");
      await expect(page.getByRole("button", { name: "Record", exact: true })).toBeEnabled();
    },
  },
];

for (const view of VIEWS) {
  test(view.name, ({ browser }) => shootEverywhere(browser, view, { admin, newcomer, nobody: undefined }[view.who]));
}

test("the pictures of the README", async ({ browser }) => {
  await mkdir(README_IMAGES, { recursive: true });
  const fresh = () =>
    browser.newContext({
      viewport: { width: 1280, height: 800 },
      storageState: admin,
      permissions: ["camera", "microphone"],
    });
  await shoot(
    await fresh(),
    "library",
    async (page) => {
      await open(page, "/");
      await pictures(page);
    },
    README_IMAGES,
  );
  await shoot(
    await fresh(),
    "recording",
    async (page) => {
      await open(page, recording(FEATURED));
      await page.getByText("0:00 / 12:05").waitFor();
      await page.locator("video").evaluate((video: HTMLVideoElement) => {
        video.currentTime = 262;
      });
      await page.getByText("4:22 / 12:05").waitFor();
    },
    README_IMAGES,
  );
  await shoot(
    await fresh(),
    "record",
    async (page) => {
      await provideCamera(page, "presenter");
      await open(page, "/record");
      await page.getByLabel("Title").fill("Welcome message for the course");
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByRole("button", { name: /skip|now/i }).click();
      await expect(page.getByTestId("elapsed")).toHaveText("0:07");
    },
    README_IMAGES,
  );
});

/** Gives the page a camera that sees a scene, and a microphone that hears something like speech. */
async function provideCamera(page: Page, scene: string): Promise<void> {
  const picture = (await readFile(path.join(workFolder, `${scene}.png`))).toString("base64");
  await page.addInitScript((base64) => {
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = new MediaStream();
      if (wanted?.video) {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
        const draw = () => {
          canvas.getContext("2d")?.drawImage(image, 0, 0);
          setTimeout(draw, 40);
        };
        draw();
        for (const track of canvas.captureStream(25).getVideoTracks()) stream.addTrack(track);
      }
      if (wanted?.audio) {
        const audio = new AudioContext();
        const voice = audio.createOscillator();
        const gain = audio.createGain();
        const output = audio.createMediaStreamDestination();
        for (let second = 0; second < 60; second += 0.25) gain.gain.setValueAtTime(0.1 + 0.25 * (second % 1), second);
        voice.frequency.value = 180;
        voice.connect(gain).connect(output);
        voice.start();
        for (const track of output.stream.getAudioTracks()) stream.addTrack(track);
      }
      return stream;
    };
  }, picture);
}
