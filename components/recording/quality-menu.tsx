"use client";
/** Which resolution is played: a button among the player's controls, and its menu. */
import { Settings2 } from "lucide-react";
import { MediaChromeMenu, MediaChromeMenuButton, MediaChromeMenuItem } from "media-chrome/react/menu";
import { useEffect, useRef, useState } from "react";
import { CONTROL } from "@/components/recording/player-looks";
import type { AdaptiveSource } from "@/lib/client/watch/adaptive-source";

const MENU_ID = "player-quality";
const BUTTON_ID = "player-quality-button";
const AUTOMATIC = "automatic";

export function QualityButton() {
  return (
    // Its tooltip would lie on the menu.
    <MediaChromeMenuButton id={BUTTON_ID} invokeTarget={MENU_ID} noTooltip className={CONTROL} aria-label="Quality">
      <Settings2 aria-hidden className="size-5" />
    </MediaChromeMenuButton>
  );
}

export function QualityMenu({ source }: { source: AdaptiveSource }) {
  const menu = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState(AUTOMATIC);
  useEffect(() => {
    const element = menu.current;
    if (element === null) return;
    const choose = () => {
      const { value } = element as HTMLElement & { value: string };
      setChosen(value);
      source.choose(value === AUTOMATIC ? null : Number(value));
    };
    element.addEventListener("change", choose);
    return () => element.removeEventListener("change", choose);
  }, [source]);
  const items = [{ value: AUTOMATIC, label: "Auto" }].concat(
    source.qualities.map(({ index, lines }) => ({ value: String(index), label: `${lines}p` })),
  );
  return (
    <MediaChromeMenu ref={menu as never} id={MENU_ID} hidden anchor={BUTTON_ID} className="absolute min-w-24">
      {items.map(({ value, label }) => (
        <MediaChromeMenuItem key={value} type="radio" value={value} checked={value === chosen}>
          {label}
        </MediaChromeMenuItem>
      ))}
    </MediaChromeMenu>
  );
}
