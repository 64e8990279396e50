/** Grid or list, as this browser had it last. A cookie, so that the server draws the right one at once. */
import type { LibraryView } from "@/components/library/library-toolbar";

export const VIEW_COOKIE = "tapedeck.view";

export function readView(value: string | undefined): LibraryView {
  return value === "list" ? "list" : "grid";
}

export function rememberView(view: LibraryView): void {
  // The Cookie Store API is not in every browser yet.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `${VIEW_COOKIE}=${view}; path=/; max-age=31536000; samesite=lax`;
}
