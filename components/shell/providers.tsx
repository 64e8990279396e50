"use client";
/** What every page stands in: the theme, tooltips, toasts, and how data is fetched. */
import { ThemeProvider, useTheme } from "next-themes";
import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { SWRConfig } from "swr";
import { TooltipProvider } from "@/components/ui/tooltip";
import { api } from "@/lib/client/api";
import { AppError } from "@/lib/domain/errors";

export function Providers({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  return (
    <ThemeProvider
      attribute="data-theme"
      defaultTheme="system"
      storageKey="tapedeck.theme"
      disableTransitionOnChange
      {...(nonce === undefined ? {} : { nonce })}
    >
      <SWRConfig
        value={{
          fetcher: (path: string) => api.get(path),
          shouldRetryOnError: (error: unknown) => error instanceof AppError && error.outcome.retry,
          onError: goToSignInWhenSignedOut,
        }}
      >
        <TooltipProvider delayDuration={400}>{children}</TooltipProvider>
        <Toasts />
      </SWRConfig>
    </ThemeProvider>
  );
}

/** A session that ended elsewhere ends here, too. Whoever came by a share link has none, and no account to sign in to. */
function goToSignInWhenSignedOut(error: unknown) {
  if (!(error instanceof AppError) || error.code !== "not_signed_in") return;
  window.location.assign(`/sign-in?callbackUrl=${encodeURIComponent(window.location.pathname)}`);
}

function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      mobileOffset={{ bottom: 88 }}
      toastOptions={{
        classNames: {
          toast: "!rounded-lg !border-line !bg-raised !text-ink !shadow-float !font-sans",
          description: "!text-muted",
          actionButton: "!bg-solid !text-on-solid",
        },
      }}
    />
  );
}
