/** axe finds nothing on any page, in both themes, nor in the dialogs and menus that open on them. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import type { CreatedShare } from "@/lib/protocol/shares";
import { barriersOf } from "@/tests/support/axe";
import { test } from "@/tests/support/product-test";
import { beginRecording, makeRecording, makeToken } from "@/tests/support/record-fixture";
import { RecordingPage } from "@/tests/support/recording-page";
import { signIn } from "@/tests/support/sign-in";

/** Signed in, and not; the pages of each share its cache. */
let admin: BrowserContext;
let visitor: BrowserContext;
/** Paths of the recordings' pages. */
let ready: string;
let live: string;
let failed: string;
/** Paths of share links to the first: one that opens, and one that asks for a password. */
let shared: string;
let locked: string;

test.beforeAll(async ({ browser, baseURL }) => {
  [admin, visitor] = await Promise.all([browser.newContext(), browser.newContext()]);
  await signIn(await admin.newPage());
  const token = await makeToken(admin.request);
  ready = `/recordings/${await makeRecording(admin.request, baseURL as string, token, "Looked at by axe")}`;
  live = `/recordings/${await beginRecording(admin.request, "Live for axe", [])}`;
  const link = async (request: object) => {
    const answer = await admin.request.post(`/api/v1${ready}/shares`, { data: request });
    return ((await answer.json()) as CreatedShare).path;
  };
  shared = await link({ name: "For axe", mayDownload: true });
  locked = await link({ password: "open sesame" });
  await admin.request.post("/api/v1/webhooks", {
    data: { url: "https://axe.example/told", events: ["recording.ready"] },
  });
  const key = await admin.request.post("/api/v1/stream-keys", { data: { name: "Key for axe", app: "live" } });
  const { id: keyId } = (await key.json()) as { id: string };
  await admin.request.post(`/api/v1/stream-keys/${keyId}/targets`, {
    data: { name: "Target for axe", server: "rtmps://live.axe.example/app", key: "secret" },
  });
  const id = await beginRecording(admin.request, "Failed for axe", []);
  await admin.request.post(`/api/v1/recordings/${id}/stop`);
  failed = `/recordings/${id}`;
  const camera = { id: "axe", name: "Camera for axe", url: "rtsp://192.0.2.1/stream" };
  expect((await admin.request.post("/api/v1/cameras", { data: camera })).status()).toBe(201);
});
test.afterAll(() => Promise.all([admin.close(), visitor.close()]));

interface View {
  name: string;
  /** Whether nobody is signed in. */
  isPublic?: boolean;
  open: (page: Page) => Promise<void>;
}

const menu = (page: Page) => page.getByRole("menu");

const VIEWS: readonly View[] = [
  {
    name: "sign-in",
    isPublic: true,
    open: async (page) => {
      await page.goto("/sign-in");
      await page.getByRole("button", { name: "Sign in" }).waitFor();
    },
  },
  {
    name: "an invitation that is over",
    isPublic: true,
    open: async (page) => {
      await page.goto("/invite/tdi_none");
      await page.getByRole("heading", { name: /no longer works/ }).waitFor();
    },
  },
  {
    name: "the library as a grid",
    open: async (page) => {
      await page.goto("/");
      await page.locator("[data-recording]").first().waitFor();
    },
  },
  {
    name: "the library as a list, with a selection",
    open: async (page) => {
      await page.goto("/");
      await page.getByRole("radio", { name: "List" }).click();
      await expect(page.getByRole("list", { name: "Recordings" })).toHaveClass(/divide-y/);
      await page.locator("[data-recording]").first().focus();
      await page.keyboard.press("x");
      await page.getByRole("region", { name: "Selection" }).waitFor();
    },
  },
  {
    name: "a search without a match",
    open: async (page) => {
      await page.goto("/?q=nothing+like+this");
      await page.getByRole("heading", { name: /^No title has/ }).waitFor();
    },
  },
  {
    name: "the menu of a recording",
    open: async (page) => {
      await page.goto("/");
      await page
        .getByRole("button", { name: /^More for/ })
        .first()
        .click();
      await menu(page).waitFor();
    },
  },
  {
    name: "the question before deleting",
    open: async (page) => {
      await page.goto("/");
      await page
        .getByRole("button", { name: /^More for/ })
        .first()
        .click();
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await page.getByRole("alertdialog").waitFor();
    },
  },
  {
    name: "the shortcuts",
    open: async (page) => {
      await page.goto("/");
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "the menu of the user",
    open: async (page) => {
      await page.goto("/");
      await page.getByRole("button", { name: /^Account of/ }).click();
      await menu(page).waitFor();
    },
  },
  {
    name: "a recording with its player",
    open: async (page) => {
      await page.goto(ready);
      await page.getByRole("button", { name: "play", exact: true }).waitFor();
    },
  },
  {
    name: "the downloads of a recording",
    open: async (page) => {
      await page.goto(ready);
      await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
      await menu(page).getByText("Download").waitFor();
    },
  },
  {
    name: "the dialog of a part",
    open: async (page) => {
      await page.goto(ready);
      await page.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: "Trim…" }).click();
      await page.getByLabel("To", { exact: true }).fill("0:00");
      await page.getByText("It must be after the beginning.").waitFor();
    },
  },
  {
    name: "a recording that is watched while it runs",
    open: async (page) => {
      await page.context().grantPermissions(["camera", "microphone"]);
      const recorder = new RecordingPage(await page.context().newPage());
      await recorder.begin();
      await recorder.recorded(4);
      await page.goto(`/recordings/${(await recorder.newest()).id}`);
      await page.getByTestId("live").waitFor();
    },
  },
  {
    name: "the links to a recording",
    open: async (page) => {
      await page.goto(ready);
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("dialog").getByText("For axe", { exact: true }).waitFor();
    },
  },
  {
    name: "the dialog of a new link",
    open: async (page) => {
      await page.goto(ready);
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("button", { name: "New link" }).click();
      await page.getByLabel("Whom is it for?").waitFor();
    },
  },
  {
    name: "a shared recording",
    isPublic: true,
    open: async (page) => {
      await page.goto(shared);
      await page.getByRole("button", { name: "play", exact: true }).waitFor();
    },
  },
  {
    name: "a shared recording with a password",
    isPublic: true,
    open: async (page) => {
      await page.goto(locked);
      await page.getByRole("button", { name: "Open" }).waitFor();
    },
  },
  {
    name: "a share link that does not work",
    isPublic: true,
    open: async (page) => {
      await page.goto("/s/tds_none");
      await page.getByRole("heading", { name: "This link does not work" }).waitFor();
    },
  },
  {
    name: "a recording that runs",
    open: async (page) => {
      await page.goto(live);
      await page.getByRole("heading", { level: 2 }).first().waitFor();
    },
  },
  {
    name: "a recording that failed",
    open: async (page) => {
      await page.goto(failed);
      await page.getByRole("heading", { name: "Compiling did not work" }).waitFor();
    },
  },
  {
    name: "a recording that is not there",
    open: async (page) => {
      await page.goto("/recordings/00000000-0000-4000-8000-00000000beef");
      await page.getByRole("heading", { name: "The tape ends here" }).waitFor();
    },
  },
  {
    name: "the recording page",
    open: async (page) => {
      await page.goto("/record");
      await expect(page.getByRole("button", { name: "Record", exact: true })).toBeEnabled();
    },
  },
  {
    name: "the cameras",
    open: async (page) => {
      await page.goto("/cameras");
      await page.getByRole("heading", { name: "Camera for axe" }).waitFor();
    },
  },
  {
    name: "the dialog of a new camera",
    open: async (page) => {
      await page.goto("/cameras");
      await page.getByRole("button", { name: "Add camera" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "a list of cameras that was imported",
    open: async (page) => {
      await page.goto("/cameras");
      await page.getByRole("button", { name: "Import list" }).click();
      await page.getByRole("dialog").getByLabel("List").fill("Yard,http://192.0.2.2/picture.jpg");
      await page.getByRole("button", { name: "Add and record" }).click();
      await page.getByRole("list", { name: "Lines that need a look" }).waitFor();
    },
  },
  {
    name: "cameras that were found",
    open: async (page) => {
      const address = "http://192.0.2.3/onvif/device_service";
      const cameras = [{ name: "Yard", model: "IPC-1", host: "192.0.2.3", address, isAdded: true }];
      await page.route("**/api/v1/camera-discoveries", (route) => route.fulfill({ json: { cameras } }));
      await page.goto("/cameras");
      await page.getByRole("button", { name: "Find cameras" }).click();
      await page.getByRole("list", { name: "Cameras that answered" }).waitFor();
    },
  },
  {
    name: "a camera",
    open: async (page) => {
      await page.goto("/cameras/axe");
      await page.getByText("Nothing was recorded on this day.").waitFor();
    },
  },
  {
    name: "the settings of a camera",
    open: async (page) => {
      await page.goto("/cameras/axe");
      await page.getByRole("button", { name: "Settings", exact: true }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "the settings",
    open: async (page) => {
      await page.goto("/settings");
      await page.getByRole("heading", { name: "API tokens" }).waitFor();
    },
  },
  {
    name: "the dialog of a new token",
    open: async (page) => {
      await page.goto("/settings");
      await page.getByRole("button", { name: "New token" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "the dialog of a new webhook",
    open: async (page) => {
      await page.goto("/settings");
      await page.getByRole("button", { name: /^Log of/ }).waitFor();
      await page.getByRole("button", { name: "New webhook" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "snapshots",
    open: async (page) => {
      await page.goto("/snapshots");
      await page.getByText("There is none.").waitFor();
    },
  },
  {
    name: "motion JPEG, refused",
    open: async (page) => {
      await page.goto("/mjpeg");
      await page.getByLabel("Address of the stream").fill("rtsp://192.0.2.1/video");
      await page.getByRole("main").getByRole("button", { name: "Record", exact: true }).click();
      await page.getByRole("main").getByRole("alert").waitFor();
    },
  },
  {
    name: "streams",
    open: async (page) => {
      await page.goto("/streams");
      await page.getByRole("button", { name: "Renew Key for axe" }).waitFor();
    },
  },
  {
    name: "where a stream is pushed on to",
    open: async (page) => {
      await page.goto("/streams");
      await page.getByRole("button", { name: "Push on what is published with Key for axe" }).click();
      await page.getByRole("switch", { name: "Push on to Target for axe" }).waitFor();
    },
  },
  {
    name: "another server to push a stream on to",
    open: async (page) => {
      await page.goto("/streams");
      await page.getByRole("button", { name: "Push on what is published with Key for axe" }).click();
      await page.getByRole("button", { name: "Add a server" }).click();
      await page.getByRole("textbox", { name: "Server" }).waitFor();
    },
  },
  {
    name: "a stream key that is shown",
    open: async (page) => {
      await page.goto("/streams");
      await page.getByRole("button", { name: "New key", exact: true }).click();
      await page.getByLabel("Name").fill("Shown to axe");
      await page.getByRole("button", { name: "Make the key" }).click();
      await page.getByLabel("Whole address").waitFor();
    },
  },
  {
    name: "the other pages on a phone",
    open: async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto("/streams");
      const more = page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "More" });
      await more.focus();
      await page.keyboard.press("Enter");
      await menu(page).getByRole("menuitem", { name: "Snapshots" }).waitFor();
    },
  },
  {
    name: "the users",
    open: async (page) => {
      await page.goto("/settings/users");
      await page.getByRole("heading", { name: "Invitations" }).waitFor();
    },
  },
  {
    name: "the dialog of an invitation",
    open: async (page) => {
      await page.goto("/settings/users");
      await page.getByRole("button", { name: "Invite" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "the API, with an operation open",
    open: async (page) => {
      await page.goto("/api-docs");
      await page.locator("summary", { hasText: "Begin a recording" }).click();
      // One component draws them all, and axe takes minutes for more than a hundred of them.
      await page.locator("details[id]:not([open])").evaluateAll((closed) => {
        for (const operation of closed.slice(10)) operation.remove();
      });
    },
  },
];

for (const { name, isPublic, open } of VIEWS) {
  test(name, async () => {
    const context = isPublic ? visitor : admin;
    const page = await context.newPage();
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await open(page);
    expect(await barriersOf(page)).toEqual([]);
    await Promise.all(context.pages().map((page) => page.close()));
  });
}
