/** What axe finds wrong with a page, in both themes: how every browser test asks it. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/**
 * Rules of axe that look at colours. A theme changes nothing else of a page (app/globals.css gives the same variables other
 * values), so what has been looked at whole in one theme is asked these alone in the other.
 */
const COLOR_RULES = "cat.color";

/** @returns a line for each element that breaks a rule */
export async function barriersOf(page: Page): Promise<string[]> {
  await wear(page, "light");
  const light = await violationsOf(new AxeBuilder({ page }));
  await wear(page, "dark");
  const dark = await violationsOf(new AxeBuilder({ page }).withTags(COLOR_RULES));
  return [...light.map((line) => `light, ${line}`), ...dark.map((line) => `dark, ${line}`)];
}

/** What moves is looked at where it comes to rest. @returns when the page has taken the theme */
async function wear(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
}

async function violationsOf(axe: AxeBuilder): Promise<string[]> {
  // Legacy mode does without a second page for each verdict; what it cannot see are frames of other origins, and there are none.
  const { violations } = await axe
    .setLegacyMode()
    .options({ resultTypes: ["violations"] })
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}
