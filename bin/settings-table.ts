/** Writes the table of settings into docs/settings.md: `npm run settings`. A test holds that it is up to date. */
import { writeFileSync } from "node:fs";
import { SETTINGS, type Setting } from "@/lib/server/config/settings";

const INTRODUCTION = `# Settings

Set in the environment, or in a file \`.env\` in the top folder (see \`.env.example\`); the environment wins. An empty value
counts as not set. They are checked together at the start: everything that is wrong is named at once, and nothing starts
until it is put right. This page is written by \`npm run settings\` from \`lib/server/config/settings.ts\`.
`;

/** The whole page. */
export function settingsPage(): string {
  const rows = Object.entries(SETTINGS as Record<string, Setting<unknown>>).map(
    ([name, { shownDefault, description }]) =>
      `| \`${name}\` | ${shownDefault === "" ? "" : `\`${shownDefault}\``} | ${description.replaceAll("|", "\\|")} |`,
  );
  return `${INTRODUCTION}\n| setting | default | what it is |\n|---|---|---|\n${rows.join("\n")}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync("docs/settings.md", settingsPage());
