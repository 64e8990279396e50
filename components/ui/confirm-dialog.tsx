"use client";
/** Asks before something that cannot be undone. Escape and the first button leave everything as it is. */
import { AlertDialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { DialogActions, overlayStyle, panelStyle } from "@/components/ui/dialog";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The question. */
  title: string;
  description: ReactNode;
  /** What pressing the button does, as a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  /** Whether it destroys something. */
  danger?: boolean;
  /** The dialog closes when it is done; it stays open when it throws. */
  onConfirm: () => void | Promise<void>;
  children?: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, confirmLabel, cancelLabel = "Cancel", danger = true } = props;
  const [isBusy, setIsBusy] = useState(false);

  async function confirm() {
    setIsBusy(true);
    try {
      await props.onConfirm();
      onOpenChange(false);
    } catch {
      // Who asked has said what went wrong; the question stays for another try.
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Radix.Root open={open} onOpenChange={(next) => !isBusy && onOpenChange(next)}>
      <Radix.Portal>
        <Radix.Overlay className={overlayStyle} />
        <Radix.Content className={cn(panelStyle, "sm:max-w-md")}>
          <Radix.Title className="text-lg font-semibold tracking-tight">{title}</Radix.Title>
          <Radix.Description className="mt-2 text-sm leading-6 text-muted">{description}</Radix.Description>
          {props.children}
          <DialogActions>
            <Radix.Cancel asChild>
              <Button look="outline" disabled={isBusy}>
                {cancelLabel}
              </Button>
            </Radix.Cancel>
            <Button look={danger ? "danger" : "solid"} busy={isBusy} onClick={() => void confirm()}>
              {confirmLabel}
            </Button>
          </DialogActions>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
