"use client";
/** The navigation of a phone, at its bottom edge: the library, recording, and everything else in a menu. */
import { Ellipsis, type LucideIcon } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { NAVIGATION_ITEMS } from "@/components/shell/navigation-items";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";

const PLACE =
  "flex h-14 w-full flex-col items-center justify-center gap-1 rounded-md text-xs font-medium text-muted aria-[current]:text-ink";

export function BottomBar() {
  const pathname = usePathname();
  const [library, ...others] = NAVIGATION_ITEMS;
  const isAtOther = others.some(({ isAt }) => isAt(pathname));
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-3 items-center border-t bg-canvas/95 pb-[env(safe-area-inset-bottom)] backdrop-blur md:hidden"
    >
      {library !== undefined && (
        <Link href={library.href} aria-current={library.isAt(pathname) ? "page" : undefined} className={PLACE}>
          <PlaceIcon icon={library.icon} isHere={library.isAt(pathname)} />
          {library.label}
        </Link>
      )}
      <Link
        href="/record"
        aria-label="Record"
        aria-current={pathname === "/record" ? "page" : undefined}
        className="mx-auto my-2 grid size-14 place-items-center rounded-full border-4 border-tape/25 bg-tape text-on-tape"
      >
        <span aria-hidden className="size-4 rounded-full bg-current" />
      </Link>
      <Menu>
        <MenuTrigger aria-current={isAtOther ? "true" : undefined} className={PLACE}>
          <PlaceIcon icon={Ellipsis} isHere={isAtOther} />
          More
        </MenuTrigger>
        <MenuContent side="top" align="end" className="w-56">
          {others.map(({ href, label, icon: Icon, isAt }) => (
            <MenuItem key={href} asChild>
              <Link href={href} aria-current={isAt(pathname) ? "page" : undefined}>
                <Icon aria-hidden />
                {label}
              </Link>
            </MenuItem>
          ))}
        </MenuContent>
      </Menu>
    </nav>
  );
}

function PlaceIcon({ icon: Icon, isHere }: { icon: LucideIcon; isHere: boolean }) {
  return <Icon aria-hidden className="size-5" strokeWidth={isHere ? 2.2 : 1.8} />;
}
