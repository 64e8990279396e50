/** Takes a page's pictures: on a desk and on a phone, light and dark; says what the browser complained of. */
import path from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, expect, type Page } from "@playwright/test";

export const OUTPUT = "test-results/pages";

export const DEVICES = {
  1280: { viewport: { width: 1280, height: 800 } },
  390: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const satisfies Record<number, BrowserContextOptions>;

export type Cookies = Awaited<ReturnType<BrowserContext["storageState"]>>;

export interface View {
  name: string;
  who: "admin" | "newcomer" | "nobody";
  show: (page: Page) => Promise<void>;
}

/** Shows a page and takes its picture. @throws when it can be scrolled sideways */
export async function shoot(
  context: BrowserContext,
  name: string,
  show: (page: Page) => Promise<void>,
  folder = OUTPUT,
): Promise<void> {
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && console.log(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`${name}: ${error.message}`));
  await show(page);
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled" });
  await context.close();
  expect(isTooWide, `${name} can be scrolled sideways`).toBe(false);
}

/** Every device, both themes. @param cookies of who looks; undefined: nobody */
export async function shootEverywhere(browser: Browser, view: View, cookies: Cookies | undefined): Promise<void> {
  for (const [width, device] of Object.entries(DEVICES)) {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({
        ...device,
        colorScheme,
        permissions: ["camera", "microphone"],
        ...(cookies === undefined ? {} : { storageState: cookies }),
      });
      await shoot(context, `${view.name}-${width}-${colorScheme}`, view.show);
    }
  }
}
