/**
 * The typefaces: Geist and Geist Mono (SIL Open Font License 1.1), in the variable files that come with Next itself,
 * so that nothing is fetched from elsewhere. Letters beyond Latin fall back to the system's fonts (app/globals.css).
 */
import localFont from "next/font/local";

export const sans = localFont({
  src: "../node_modules/next/dist/next-devtools/server/font/geist-latin.woff2",
  weight: "100 900",
  variable: "--font-latin",
  display: "swap",
});

export const sansExtended = localFont({
  src: "../node_modules/next/dist/next-devtools/server/font/geist-latin-ext.woff2",
  weight: "100 900",
  variable: "--font-latin-extended",
  display: "swap",
  preload: false,
  adjustFontFallback: false,
  declarations: [
    { prop: "unicode-range", value: "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+1E00-1E9F, U+1EF2-1EFF" },
  ],
});

export const mono = localFont({
  src: "../node_modules/next/dist/next-devtools/server/font/geist-mono-latin.woff2",
  weight: "100 900",
  variable: "--font-mono-latin",
  display: "swap",
  adjustFontFallback: false,
});
