/** The document around every page. */
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { mono, sans, sansExtended } from "@/app/fonts";
import { Providers } from "@/components/shell/providers";
import "@/app/globals.css";

export const metadata: Metadata = {
  title: { default: "Tapedeck", template: "%s · Tapedeck" },
  description: "Recording to files you own.",
  applicationName: "Tapedeck",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f5f6f7" },
    { media: "(prefers-color-scheme: dark)", color: "#0e0f11" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html
      lang="en"
      className={`${sans.variable} ${sansExtended.variable} ${mono.variable}`}
      // next-themes sets the theme before React wakes up.
      suppressHydrationWarning
    >
      <body>
        <a
          href="#main"
          className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-solid px-4 py-2.5 text-sm font-medium text-on-solid focus:translate-y-0"
        >
          Skip to the content
        </a>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  );
}
