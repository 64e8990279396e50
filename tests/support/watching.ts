/** What somebody sees who watches a recording while it is made. */
import type { Page } from "@playwright/test";

export interface Watching {
  /** From opening the page to the first picture. */
  firstPictureMs: number;
}

/** What the player did since it began: see {@link countStalls}. */
export interface Stalls {
  count: number;
  /** Longest without a new position while it was to play. */
  longestMs: number;
}

/** Watches the element from the outside, ten times a second, from its first picture on. Call it before the page is opened. */
export async function countStalls(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const state = { firstPictureAt: 0, stalls: 0, longestMs: 0, isForgiven: false };
    Object.assign(window, { watching: state });
    let position = 0;
    let movedAt = 0;
    let isStalled = false;
    setInterval(() => {
      const video = document.querySelector("video");
      const now = performance.now();
      if (video === null || video.readyState < 2) {
        if (state.firstPictureAt === 0) return;
      } else if (state.firstPictureAt === 0) {
        state.firstPictureAt = performance.timeOrigin + now;
        movedAt = now;
      }
      if (video === null || video.paused || video.ended || video.currentTime !== position) {
        position = video?.currentTime ?? 0;
        movedAt = now;
        isStalled = false;
        return;
      }
      state.longestMs = Math.max(state.longestMs, now - movedAt);
      // Two pictures of a slow camera are less far apart.
      if (now - movedAt > 350 && !isStalled) {
        isStalled = true;
        state.stalls += 1;
      }
    }, 100);
  });
}

/** Opens an address and waits for the first picture. */
export async function openToWatch(page: Page, address: string): Promise<Watching> {
  const openedAtMs = Date.now();
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForFunction(() => (window as unknown as Watched).watching?.firstPictureAt > 0);
  const firstPictureAt = await page.evaluate(() => (window as unknown as Watched).watching.firstPictureAt);
  return { firstPictureMs: Math.round(firstPictureAt - openedAtMs) };
}

export async function stallsOf(page: Page): Promise<Stalls> {
  const { stalls, longestMs } = await page.evaluate(() => (window as unknown as Watched).watching);
  return { count: stalls, longestMs: Math.round(longestMs) };
}

/** Position of the player, seconds. */
export function positionOf(page: Page): Promise<number> {
  return page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);
}

/** How far behind the recording the picture is. @param startedAtMs when it began, by this machine's clock */
export async function secondsBehind(page: Page, startedAtMs: number): Promise<number> {
  const { nowMs, seconds } = await page
    .locator("video")
    .evaluate((video: HTMLVideoElement) => ({ nowMs: Date.now(), seconds: video.currentTime }));
  return (nowMs - startedAtMs) / 1000 - seconds;
}

interface Watched {
  watching: { firstPictureAt: number; stalls: number; longestMs: number };
}
