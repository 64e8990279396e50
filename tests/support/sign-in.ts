/** Signs in as a person would. */
import { expect, type Page } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";

export async function signIn(page: Page, account: { email: string; password: string } = ADMIN): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Sign in");
}
