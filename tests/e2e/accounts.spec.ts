/** Accounts: set-up, signing in and out, invitations, tokens, passwords, and what an administrator may. */
import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { type Product, startProduct } from "@/tests/support/product";
import { test } from "@/tests/support/product-test";
import { signIn } from "@/tests/support/sign-in";

const MEMBER = { email: "grace@example.org", name: "Grace Moreau", password: "nine lives of a tape" };

let admin: BrowserContext;

test.beforeAll(async ({ browser }) => {
  admin = await browser.newContext();
  await signIn(await admin.newPage());
  const response = await admin.request.post("/api/v1/users", { data: { ...MEMBER, role: "member" } });
  expect([201, 409]).toContain(response.status());
});
test.afterAll(() => admin.close());

const strangers: BrowserContext[] = [];
test.afterEach(async () => {
  for (const context of strangers.splice(0)) await context.close();
});

/** A page of nobody, until the test is over. */
async function strangersPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  strangers.push(context);
  return context.newPage();
}

test("who is not signed in is sent to sign in, and back to where they wanted to go", async ({ page }) => {
  await page.goto("/settings");
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=%2Fsettings$/);
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  await expect(page).toHaveURL(/\/settings$/);
});

test("signing in never leads to another site", async ({ page }) => {
  await page.goto("/sign-in?callbackUrl=https%3A%2F%2Felsewhere.example%2Fsettings");
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe("/settings");
});

test("a wrong password is told in words, and too many tries are stopped", async ({ page }) => {
  await page.goto("/sign-in");
  const alert = page.getByRole("main").getByRole("alert");
  // Ten tries are allowed for an account from an address; the eleventh is not looked at.
  for (let attempt = 1; attempt <= 11; attempt += 1) {
    await page.getByLabel("Email").fill("nobody@example.org");
    await page.getByLabel("Password", { exact: true }).fill(`wrong ${attempt}`);
    const answered = page.waitForResponse(/callback\/credentials/);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await answered;
    await expect(alert).toBeVisible();
    if (attempt === 1) await expect(alert).toHaveText(/do not belong together/);
  }
  await expect(alert).toHaveText(/Too many tries/);
});

test("signing out ends the session", async ({ page }) => {
  await signIn(page, MEMBER);
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  expect((await page.request.get("/api/v1/me")).status()).toBe(401);
});

test("an invitation makes one account and then no longer works", async ({ browser }) => {
  const page = await admin.newPage();
  await page.goto("/settings/users");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("textbox", { name: "Invitation link" }).inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Anyone with the link", { exact: true })).toBeVisible();

  const guest = await strangersPage(browser);
  await guest.goto(link);
  await guest.getByLabel("Name").fill("Iris Novak");
  await guest.getByLabel("Email").fill("iris@example.org");
  await guest.getByLabel("Password", { exact: true }).fill("a tape for every day");
  await guest.getByRole("button", { name: "Make my account" }).click();
  await expect(guest.getByRole("heading", { name: "Nothing on tape yet" })).toBeVisible();

  const late = await strangersPage(browser);
  await late.goto(link);
  await expect(late.getByRole("heading", { name: "This invitation no longer works" })).toBeVisible();
  await page.reload();
  await expect(page.getByText("Iris Novak")).toBeVisible();
  await expect(page.getByText(/^Used/)).toBeVisible();
  await page.close();
});

test("a member sees nothing of the administration", async ({ page }) => {
  await signIn(page, MEMBER);
  await page.goto("/settings");
  await expect(page.getByRole("link", { name: "Users" })).toHaveCount(0);
  expect((await page.goto("/settings/users"))?.status()).toBe(404);
  expect((await page.request.get("/api/v1/users")).status()).toBe(403);
});

test("a token is shown once, works, and stops working when it is revoked", async ({ page }) => {
  await signIn(page, MEMBER);
  await page.goto("/settings");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("What is it for?").fill("Door camera");
  await page.getByRole("button", { name: "Make the token" }).click();
  const token = await page.getByRole("textbox", { name: "API token" }).inputValue();
  await page.getByRole("button", { name: "I have it" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Door camera" })).toBeVisible();
  expect(await page.content()).not.toContain(token);

  const ask = () => fetch(new URL("/api/v1/me", page.url()), { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status).toBe(200);
  await page.getByRole("button", { name: "Revoke Door camera" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("“Door camera” no longer works.")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Door camera" })).toHaveCount(0);
  expect((await ask()).status).toBe(401);
});

test("a new password keeps this session and ends the others", async ({ page, browser }) => {
  const elsewhere = await strangersPage(browser);
  await signIn(elsewhere, MEMBER);
  await signIn(page, MEMBER);
  await page.goto("/settings");
  await page.getByLabel("Current password").fill("not the one");
  await page.getByLabel("New password").fill("ten lives of a tape");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The current password is not right.")).toBeVisible();
  await page.getByLabel("Current password").fill(MEMBER.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText(/Your password was changed/)).toBeVisible();
  expect((await page.request.get("/api/v1/me")).status()).toBe(200);
  expect((await elsewhere.request.get("/api/v1/me")).status()).toBe(401);
  await elsewhere.goto("/");
  await expect(elsewhere).toHaveURL(/\/sign-in$/);

  const back = { password: { current: "ten lives of a tape", next: MEMBER.password } };
  expect((await page.request.patch("/api/v1/me", { data: back })).status()).toBe(200);
});

test("recording defaults are kept", async ({ page }) => {
  await signIn(page, MEMBER);
  await page.goto("/settings");
  const save = page.locator("form", { hasText: "Picture quality" }).getByRole("button", { name: "Save" });
  await expect(save).toBeDisabled();
  await page.getByRole("switch", { name: /Compile when I press stop/ }).click();
  await page.getByRole("slider", { name: "Picture quality" }).press("ArrowRight");
  await page.getByRole("combobox", { name: "Keep finished recordings" }).selectOption("For 30 days");
  await save.click();
  await expect(page.getByText("Your defaults were saved.")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("switch", { name: /Compile when I press stop/ })).not.toBeChecked();
  await expect(page.getByText("CRF 22", { exact: true })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Keep finished recordings" })).toHaveValue("720");
});

test("the theme is the one that was chosen, also after a reload", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await signIn(page, MEMBER);
  await page.goto("/settings");
  await page.getByRole("radio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("an administrator sets a quota, and a disabled user is out at once", async ({ browser }) => {
  const member = await strangersPage(browser);
  await signIn(member, MEMBER);
  const page = await admin.newPage();
  await page.goto("/settings/users");
  const row = page.getByRole("listitem").filter({ hasText: MEMBER.email });
  await row.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Set the quota…" }).click();
  await page.getByRole("combobox", { name: "Quota" }).selectOption("A limit of their own");
  await page.getByLabel("Gigabytes").fill("2.5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText("of 2.5 GB").filter({ visible: true })).toBeVisible();

  await row.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Disable…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable" }).click();
  await expect(row.getByText("Disabled")).toBeVisible();
  expect((await member.request.get("/api/v1/me")).status()).toBe(401);
  await row.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Enable again" }).click();
  await expect(row.getByText("Disabled")).toHaveCount(0);
  await page.close();
});

test.describe("a new installation", () => {
  let product: Product;
  test.beforeAll(async () => {
    product = await startProduct();
  });
  test.afterAll(() => product.stop());

  test("asks the first visitor to make the administrator, once", async ({ page }) => {
    await page.goto(product.url);
    await expect(page.getByRole("heading", { name: "Welcome to Tapedeck" })).toBeVisible();
    await page.getByLabel("Name").fill("Ada Berg");
    await page.getByLabel("Email").fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill("a long tape of words");
    await page.getByRole("button", { name: "Make the account" }).click();
    await expect(page.getByRole("heading", { name: "Nothing on tape yet" })).toBeVisible();
    await page.goto(`${product.url}/setup`);
    await expect(page).toHaveURL(`${product.url}/`);
  });
});
