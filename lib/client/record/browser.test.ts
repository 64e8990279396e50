import { expect, test } from "vitest";
import { browserOf } from "@/lib/client/record/browser";

const AGENTS = [
  ["chromium", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"],
  ["firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"],
  ["safari", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/20.0 Safari/605.1.15"],
  ["other", "curl/8.0"],
] as const;

test.each(AGENTS)("%s is known by its user agent", (browser, agent) => {
  expect(browserOf(agent)).toBe(browser);
});
