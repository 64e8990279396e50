"use client";
/** A text to take along, with a button that copies it. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";

interface CopyFieldProps {
  label: string;
  text: string;
}

export function CopyField({ label, text }: CopyFieldProps) {
  const [isCopied, setIsCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    } catch {
      // Without HTTPS browsers have no clipboard for pages.
      toast.error("Copying did not work here. Select the text and copy it yourself.");
    }
  }

  return (
    <div className="flex gap-2">
      <Input
        aria-label={label}
        readOnly
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        className="counter text-[13px]"
      />
      <Button look="outline" onClick={() => void copy()}>
        {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
        <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
      </Button>
    </div>
  );
}
