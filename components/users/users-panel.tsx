"use client";
/** Everybody with an account: what they keep, what they may, and whether they may come in. */
import { Ellipsis, Gauge, ShieldCheck, ShieldOff, UserCheck, UserPlus, UserX } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { formatBytes } from "@/components/format/bytes";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Panel } from "@/components/ui/panel";
import { Progress } from "@/components/ui/progress";
import { toastProblem } from "@/components/ui/toast";
import { NewUserDialog } from "@/components/users/new-user-dialog";
import { QuotaDialog } from "@/components/users/quota-dialog";
import { api } from "@/lib/client/api";
import type { ChangeUserRequest, UserResource } from "@/lib/protocol/accounts";

interface UsersPanelProps {
  initial: UserResource[];
  /** Who is looking. */
  ownId: string;
  /** Bytes for users without a quota of their own; 0: no limit. */
  defaultQuotaBytes: number;
}

export function UsersPanel({ initial, ownId, defaultQuotaBytes }: UsersPanelProps) {
  const { data: users = initial, mutate } = useSWR<UserResource[]>("/users", { fallbackData: initial });
  const [isAdding, setIsAdding] = useState(false);
  const [settingQuota, setSettingQuota] = useState<UserResource | null>(null);
  const [disabling, setDisabling] = useState<UserResource | null>(null);

  /** @throws {AppError} after saying what went wrong */
  async function change(user: UserResource, request: ChangeUserRequest) {
    try {
      const changed = await api.patch<UserResource>(`/users/${user.id}`, request);
      await mutate((before) => before?.map((each) => (each.id === changed.id ? changed : each)), { revalidate: false });
    } catch (error) {
      toastProblem(error);
      throw error;
    }
  }
  const tryToChange = (user: UserResource, request: ChangeUserRequest) => void change(user, request).catch(() => {});

  return (
    <Panel
      title="Users"
      actions={
        <Button look="outline" size="sm" onClick={() => setIsAdding(true)}>
          <UserPlus aria-hidden />
          Add a user
        </Button>
      }
    >
      <ul className="-my-2 divide-y">
        {users.map((user) => (
          <li key={user.id} className="flex items-center gap-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
                <span className="min-w-0 truncate font-medium">{user.name}</span>
                {user.role === "admin" && <Badge>Administrator</Badge>}
                {user.id === ownId && <Badge>You</Badge>}
                {user.disabledAt !== null && <Badge tone="bad">Disabled</Badge>}
              </p>
              <p className="truncate text-[13px] text-muted">{user.email}</p>
              <div className="mt-1.5 sm:hidden">
                <Usage user={user} defaultQuotaBytes={defaultQuotaBytes} />
              </div>
            </div>
            <div className="w-40 max-sm:hidden">
              <Usage user={user} defaultQuotaBytes={defaultQuotaBytes} />
            </div>
            <Menu>
              <MenuTrigger asChild>
                <Button look="ghost" size="iconSm" aria-label={`More for ${user.name}`}>
                  <Ellipsis aria-hidden />
                </Button>
              </MenuTrigger>
              <MenuContent align="end">
                <MenuItem onSelect={() => setSettingQuota(user)}>
                  <Gauge aria-hidden />
                  Set the quota…
                </MenuItem>
                {user.role === "admin" ? (
                  <MenuItem disabled={user.id === ownId} onSelect={() => tryToChange(user, { role: "member" })}>
                    <ShieldOff aria-hidden />
                    Make a member
                  </MenuItem>
                ) : (
                  <MenuItem onSelect={() => tryToChange(user, { role: "admin" })}>
                    <ShieldCheck aria-hidden />
                    Make an administrator
                  </MenuItem>
                )}
                <MenuSeparator />
                {user.disabledAt === null ? (
                  <MenuItem danger disabled={user.id === ownId} onSelect={() => setDisabling(user)}>
                    <UserX aria-hidden />
                    Disable…
                  </MenuItem>
                ) : (
                  <MenuItem onSelect={() => tryToChange(user, { disabled: false })}>
                    <UserCheck aria-hidden />
                    Enable again
                  </MenuItem>
                )}
              </MenuContent>
            </Menu>
          </li>
        ))}
      </ul>
      <NewUserDialog open={isAdding} onOpenChange={setIsAdding} onMade={() => void mutate()} />
      <QuotaDialog
        user={settingQuota}
        defaultQuotaBytes={defaultQuotaBytes}
        onClose={() => setSettingQuota(null)}
        onSet={change}
      />
      <ConfirmDialog
        open={disabling !== null}
        onOpenChange={(open) => !open && setDisabling(null)}
        title={`Disable ${disabling?.name}?`}
        description="They are signed out everywhere and their API tokens are refused. Their recordings stay."
        confirmLabel="Disable"
        onConfirm={async () => {
          if (disabling !== null) await change(disabling, { disabled: true });
        }}
      />
    </Panel>
  );
}

function Usage({ user, defaultQuotaBytes }: { user: UserResource; defaultQuotaBytes: number }) {
  const limitBytes = user.quotaBytes ?? defaultQuotaBytes;
  return (
    <div className="text-[13px]">
      <p className="counter">
        {formatBytes(user.usedBytes)}
        {limitBytes > 0 && <span className="text-muted"> of {formatBytes(limitBytes)}</span>}
      </p>
      {limitBytes > 0 && (
        <Progress
          label={`Storage used by ${user.name}`}
          fraction={user.usedBytes / limitBytes}
          tone={user.usedBytes >= limitBytes ? "tape" : "ink"}
          className="mt-1.5 h-1 max-w-40"
        />
      )}
    </div>
  );
}
