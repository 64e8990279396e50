"use client";
/** The frame of the signed-in pages: navigation at the left, or at the bottom edge of a phone. */
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import useSWR from "swr";
import { Logo } from "@/components/brand/logo";
import { RecordDot } from "@/components/brand/record-dot";
import { BottomBar } from "@/components/shell/bottom-bar";
import { NAVIGATION_ITEMS } from "@/components/shell/navigation-items";
import { StorageBanner } from "@/components/shell/storage-banner";
import { StorageMeter } from "@/components/shell/storage-meter";
import { UserMenu } from "@/components/shell/user-menu";
import { Button } from "@/components/ui/button";
import type { MeResource } from "@/lib/protocol/accounts";

/** What is stored grows while one records. */
const REFRESH_MS = 30_000;

export function AppShell({ initialMe, children }: { initialMe: MeResource; children: ReactNode }) {
  const { data: me } = useSWR<MeResource>("/me", {
    fallbackData: initialMe,
    revalidateOnMount: false,
    refreshInterval: REFRESH_MS,
  });
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <Sidebar me={me ?? initialMe} />
      <div className="flex min-h-dvh min-w-0 flex-col pb-[calc(4.5rem+env(safe-area-inset-bottom))] md:pb-0">
        <header className="flex h-14 items-center justify-between border-b bg-canvas pr-1.5 pl-4 md:hidden">
          <Link href="/" aria-label="Tapedeck, to the library" className="flex h-11 items-center rounded-md">
            <Logo />
          </Link>
          <UserMenu me={me ?? initialMe} compact />
        </header>
        <StorageBanner />
        <main id="main" tabIndex={-1} className="flex-1 outline-none">
          {children}
        </main>
      </div>
      <BottomBar />
    </div>
  );
}

function Sidebar({ me }: { me: MeResource }) {
  const pathname = usePathname();
  return (
    <aside className="sticky top-0 hidden h-dvh flex-col border-r px-3 py-4 md:flex">
      <Link href="/" aria-label="Tapedeck, to the library" className="mx-2 flex h-9 items-center self-start rounded-md">
        <Logo />
      </Link>
      <Button asChild look="record" className="mt-5 h-10 w-full text-sm">
        <Link href="/record" aria-current={pathname === "/record" ? "page" : undefined}>
          <RecordDot />
          Record
        </Link>
      </Button>
      <nav aria-label="Main" className="mt-4 flex flex-col gap-0.5">
        {NAVIGATION_ITEMS.map(({ href, label, icon: Icon, isAt }) => (
          <Link
            key={href}
            href={href}
            aria-current={isAt(pathname) ? "page" : undefined}
            className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium text-muted transition-colors hover:bg-wash hover:text-ink aria-[current]:bg-wash aria-[current]:text-ink pointer-coarse:h-11"
          >
            <Icon aria-hidden className="size-[17px]" strokeWidth={1.9} />
            {label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto flex flex-col gap-4">
        <StorageMeter me={me} />
        <div className="border-t pt-2">
          <UserMenu me={me} />
        </div>
      </div>
    </aside>
  );
}
