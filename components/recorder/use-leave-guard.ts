"use client";
/** Keeps a recording from being lost by a click: the browser asks before the tab closes, and links open beside it. */
import { useEffect } from "react";
import { toast } from "@/components/ui/toast";

export function useLeaveGuard(isUnsafe: boolean): void {
  useEffect(() => {
    if (!isUnsafe) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    const openBeside = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (link === null || !isPlain || link.target !== "" || link.getAttribute("href")?.startsWith("#")) return;
      event.preventDefault();
      event.stopPropagation();
      // A link to this page leads nowhere new.
      if (new URL(link.href).pathname === window.location.pathname) return;
      window.open(link.href, "_blank", "noopener");
      toast("Opened in a new tab. The recording goes on here.");
    };
    window.addEventListener("beforeunload", ask);
    // Before the router sees the click.
    window.addEventListener("click", openBeside, { capture: true });
    return () => {
      window.removeEventListener("beforeunload", ask);
      window.removeEventListener("click", openBeside, { capture: true });
    };
  }, [isUnsafe]);
}
