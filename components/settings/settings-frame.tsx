/** What the pages of the settings have in common. */
import type { ReactNode } from "react";
import { SettingsTabs } from "@/components/settings/settings-tabs";
import { PageBody } from "@/components/shell/page-body";
import { PageHeading } from "@/components/ui/page-heading";

export function SettingsFrame({ isAdmin, children }: { isAdmin: boolean; children: ReactNode }) {
  return (
    <PageBody className="max-w-3xl">
      <PageHeading title="Settings" />
      {isAdmin && <SettingsTabs />}
      <div className="flex flex-col gap-6">{children}</div>
    </PageBody>
  );
}
