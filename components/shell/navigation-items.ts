/** Where the navigation leads. */
import { Cctv, Images, Library, type LucideIcon, Radio, Settings, SquareTerminal, Webcam } from "lucide-react";

export interface NavigationItem {
  href: string;
  label: string;
  icon: LucideIcon;
  /** Whether a page belongs to it. */
  isAt: (pathname: string) => boolean;
}

export const NAVIGATION_ITEMS: readonly NavigationItem[] = [
  {
    href: "/",
    label: "Library",
    icon: Library,
    isAt: (pathname) => pathname === "/" || pathname.startsWith("/recordings/"),
  },
  { href: "/cameras", label: "Cameras", icon: Webcam, isAt: (pathname) => pathname.startsWith("/cameras") },
  { href: "/snapshots", label: "Snapshots", icon: Images, isAt: (pathname) => pathname === "/snapshots" },
  { href: "/streams", label: "Streams", icon: Radio, isAt: (pathname) => pathname === "/streams" },
  { href: "/mjpeg", label: "Motion JPEG", icon: Cctv, isAt: (pathname) => pathname === "/mjpeg" },
  { href: "/settings", label: "Settings", icon: Settings, isAt: (pathname) => pathname.startsWith("/settings") },
  { href: "/api-docs", label: "API", icon: SquareTerminal, isAt: (pathname) => pathname === "/api-docs" },
];
