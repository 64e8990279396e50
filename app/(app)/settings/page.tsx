/** The user's own settings. */
import type { Metadata } from "next";
import { PasswordForm } from "@/components/settings/password-form";
import { ProfileForm } from "@/components/settings/profile-form";
import { RecordingDefaultsForm } from "@/components/settings/recording-defaults-form";
import { SettingsFrame } from "@/components/settings/settings-frame";
import { TokensPanel } from "@/components/settings/tokens-panel";
import { WebhooksPanel } from "@/components/settings/webhooks-panel";
import { ThemeChoice } from "@/components/shell/theme-choice";
import { Panel } from "@/components/ui/panel";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { readEncoders } from "@/lib/server/queue/encoders";
import { services } from "@/lib/server/services";
import { describeMe } from "@/lib/server/users/accounts";
import { listTokens } from "@/lib/server/users/api-tokens";
import { listWebhooks } from "@/lib/server/webhooks/webhooks";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const principal = await requirePagePrincipal("/settings");
  const [me, tokens, encoders, webhooks] = await Promise.all([
    describeMe(services(), principal),
    listTokens(services(), principal.userId),
    readEncoders(services()),
    listWebhooks(services(), principal),
  ]);
  return (
    <SettingsFrame isAdmin={principal.role === "admin"}>
      <ProfileForm me={me} />
      <RecordingDefaultsForm
        initial={{
          autoCompile: me.autoCompile,
          retentionHours: me.retentionHours,
          compileSettings: me.compileSettings,
        }}
        codecs={["h264", ...new Set(encoders.map(({ codec }) => codec).filter((codec) => codec !== "h264"))]}
        installationRetentionHours={services().config.READY_RETENTION_HOURS}
      />
      <TokensPanel initial={tokens} />
      <WebhooksPanel initial={webhooks} />
      <PasswordForm me={me} />
      <Panel title="Appearance" description="On this browser." actions={<ThemeChoice />} />
    </SettingsFrame>
  );
}
