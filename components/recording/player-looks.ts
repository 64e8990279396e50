/** How players look: what media-chrome is told, and what stands under its controls. */
import type { CSSProperties } from "react";

/** Under the controls, without an edge. */
export const SHADE =
  "linear-gradient(to top, rgb(0 0 0 / 80%), rgb(0 0 0 / 52%) 42%, rgb(0 0 0 / 18%) 74%, transparent)";

/** Space around the icons: the page's reset takes away what media-chrome gives its own elements. */
export const CONTROL = "rounded-md p-2.5";

/** White on dark in both themes: the picture decides, not the page. */
export const LOOKS = {
  "--media-primary-color": "#fff",
  "--media-text-color": "#fff",
  "--media-icon-color": "#fff",
  "--media-control-background": "transparent",
  "--media-control-hover-background": "rgb(255 255 255 / 14%)",
  "--media-secondary-color": "transparent",
  "--media-control-height": "24px",
  "--media-control-padding": "10px",
  "--media-button-icon-height": "22px",
  "--media-font-family": "var(--font-mono)",
  "--media-font-size": "13px",
  "--media-range-bar-color": "var(--tape)",
  "--media-range-track-background": "rgb(255 255 255 / 28%)",
  "--media-time-range-buffered-color": "rgb(255 255 255 / 34%)",
  "--media-range-track-height": "4px",
  "--media-range-track-border-radius": "2px",
  "--media-range-thumb-background": "#fff",
  "--media-range-thumb-height": "14px",
  "--media-range-thumb-width": "14px",
  "--media-range-thumb-border-radius": "7px",
  "--media-preview-time-background": "rgb(0 0 0 / 80%)",
  "--media-preview-time-padding": "3px 7px",
  "--media-preview-time-border-radius": "5px",
  "--media-preview-time-text-shadow": "none",
  "--media-box-arrow-display": "none",
  "--media-tooltip-background-color": "rgb(20 20 22 / 92%)",
  "--media-tooltip-arrow-display": "none",
  "--media-menu-background": "rgb(20 20 22 / 94%)",
  "--media-menu-border-radius": "10px",
  "--media-focus-box-shadow": "inset 0 0 0 2px #fff",
  "--media-control-transition-in": "opacity 0.15s",
} as CSSProperties;
