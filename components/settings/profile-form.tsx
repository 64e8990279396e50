"use client";
/** The user's name; the address is what they sign in with and stays. */
import { useState } from "react";
import { useSWRConfig } from "swr";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { toast } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { MeResource } from "@/lib/protocol/accounts";

export function ProfileForm({ me }: { me: MeResource }) {
  const { mutate } = useSWRConfig();
  const [name, setName] = useState(me.name);
  const [saved, setSaved] = useState(me.name);

  const { onSubmit, isBusy, problem } = useSubmit(async () => {
    const next = await api.patch<MeResource>("/me", { name });
    void mutate("/me", next, { revalidate: false });
    setSaved(next.name);
    setName(next.name);
    toast.success("Your name was saved.");
  });

  return (
    <form method="post" onSubmit={onSubmit}>
      <Panel
        title="Profile"
        footer={
          <Button type="submit" busy={isBusy} disabled={name.trim() === "" || name === saved}>
            Save
          </Button>
        }
      >
        {problem !== null && <Problem what={problem} className="mb-4" />}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name">
            {(control) => (
              <Input
                {...control}
                autoComplete="name"
                required
                maxLength={100}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Email" hint="You sign in with it.">
            {(control) => <Input {...control} value={me.email} readOnly className="bg-sunken text-muted" />}
          </Field>
        </div>
      </Panel>
    </form>
  );
}
