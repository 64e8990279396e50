"use client";
/** Light, dark, or as the system has it; kept by this browser. */
import { Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { useNow } from "@/components/ui/now";
import { Segmented } from "@/components/ui/segmented";

const THEMES = [
  { value: "light", label: "Light", icon: <Sun aria-hidden /> },
  { value: "dark", label: "Dark", icon: <Moon aria-hidden /> },
  { value: "system", label: "System", icon: <Monitor aria-hidden /> },
] as const;

type Theme = (typeof THEMES)[number]["value"];

export function ThemeChoice({ iconsOnly = false, className }: { iconsOnly?: boolean; className?: string }) {
  const { theme, setTheme } = useTheme();
  // The server does not know the choice: nothing is marked until the page is awake.
  const isAwake = useNow("minutes") !== null;
  return (
    <Segmented<Theme>
      label="Theme"
      value={(isAwake ? theme : "") as Theme}
      onValueChange={setTheme}
      options={THEMES}
      iconsOnly={iconsOnly}
      {...(className === undefined ? {} : { className })}
    />
  );
}
