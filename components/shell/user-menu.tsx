"use client";
/** Who is signed in, and the way out. */
import { BookOpen, ChevronsUpDown, LogOut, Monitor, Moon, Settings, Sun, Users } from "lucide-react";
import Link from "next/link";
import { signOut } from "next-auth/react";
import { useTheme } from "next-themes";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/menu";
import type { MeResource } from "@/lib/protocol/accounts";

export function UserMenu({ me, compact = false }: { me: MeResource; compact?: boolean }) {
  const { theme, setTheme } = useTheme();
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Account of ${me.name}`}
        className={
          compact
            ? "grid size-11 place-items-center rounded-full"
            : "flex w-full items-center gap-2.5 rounded-md p-2 text-left transition-colors hover:bg-wash data-[state=open]:bg-wash"
        }
      >
        <Initials name={me.name} />
        {!compact && (
          <>
            <span className="min-w-0 flex-1">
              <span className="block truncate text-sm font-medium">{me.name}</span>
              <span className="block truncate text-xs text-muted">{me.email}</span>
            </span>
            <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-faint" />
          </>
        )}
      </MenuTrigger>
      <MenuContent align={compact ? "end" : "start"} className="w-56">
        {compact && (
          <div className="px-2 py-1.5">
            <p className="truncate text-sm font-medium">{me.name}</p>
            <p className="truncate text-xs text-muted">{me.email}</p>
          </div>
        )}
        <MenuLabel>Theme</MenuLabel>
        <MenuRadioGroup value={theme ?? "system"} onValueChange={setTheme}>
          <MenuRadioItem value="light">
            <Sun aria-hidden />
            Light
          </MenuRadioItem>
          <MenuRadioItem value="dark">
            <Moon aria-hidden />
            Dark
          </MenuRadioItem>
          <MenuRadioItem value="system">
            <Monitor aria-hidden />
            System
          </MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem asChild>
          <Link href="/settings">
            <Settings aria-hidden />
            Settings
          </Link>
        </MenuItem>
        {me.role === "admin" && (
          <MenuItem asChild>
            <Link href="/settings/users">
              <Users aria-hidden />
              Users
            </Link>
          </MenuItem>
        )}
        <MenuItem asChild>
          <Link href="/api-docs">
            <BookOpen aria-hidden />
            API reference
          </Link>
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut({ callbackUrl: "/sign-in" })}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

function Initials({ name }: { name: string }) {
  const words = name.split(" ");
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => Array.from(word ?? "")[0] ?? "");
  return (
    <span
      aria-hidden
      className="grid size-8 shrink-0 place-items-center rounded-full bg-solid text-xs font-semibold text-on-solid uppercase"
    >
      {letters.join("")}
    </span>
  );
}
