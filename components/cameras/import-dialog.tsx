"use client";
/** Adds the cameras of a list that is pasted or chosen as a file, and says what became of each line. */
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { controlStyle } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { ImportedCamera } from "@/lib/protocol/cameras";

interface ImportDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Some were added. */
  onAdded: () => void;
}

export function ImportDialog({ open, onOpenChange, onAdded }: ImportDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Import a list"
      description="A camera a line: name, address, user name, password. They are recorded as soon as they are added."
    >
      {open && <ImportForm onClose={() => onOpenChange(false)} onAdded={onAdded} />}
    </Dialog>
  );
}

function ImportForm({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [list, setList] = useState("");
  const [imported, setImported] = useState<ImportedCamera[] | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async () => {
    const { cameras } = await api.post<{ cameras: ImportedCamera[] }>("/camera-imports", { list, start: true });
    setImported(cameras);
    if (cameras.some(({ id }) => id !== null)) onAdded();
  });

  function change(next: string) {
    setList(next);
    setImported(null);
    forgetProblem();
  }

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field
        label="List"
        hint="CSV or one JSON object a line. A first line may name the columns; what is there already is left out."
      >
        {(control) => (
          <textarea
            {...control}
            required
            rows={7}
            spellCheck={false}
            autoComplete="off"
            placeholder={"Front door,rtsp://192.168.1.20/stream,viewer,secret\nYard,rtsp://192.168.1.21/stream"}
            value={list}
            onChange={(event) => change(event.target.value)}
            className={cn(controlStyle, "h-auto py-2 font-mono text-[13px] leading-5 pointer-coarse:h-auto")}
          />
        )}
      </Field>
      <div>
        <input
          ref={file}
          type="file"
          accept=".csv,.json,.jsonl,.ndjson,.txt,text/csv,application/json,text/plain"
          hidden
          onChange={async (event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen !== undefined) change(await chosen.text());
            event.target.value = ""; // the same one can be chosen again
          }}
        />
        <Button look="outline" size="sm" onClick={() => file.current?.click()}>
          <FileUp aria-hidden />
          Choose a file
        </Button>
      </div>
      <div aria-live="polite">{imported !== null && <Outcome imported={imported} />}</div>
      <DialogActions>
        <Button look="outline" onClick={onClose}>
          {imported === null ? "Cancel" : "Close"}
        </Button>
        <Button type="submit" busy={isBusy} disabled={list.trim() === ""}>
          Add and record
        </Button>
      </DialogActions>
    </form>
  );
}

function Outcome({ imported }: { imported: readonly ImportedCamera[] }) {
  const added = imported.filter(({ id }) => id !== null).length;
  const wrong = imported.filter(({ message }) => message !== null);
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="font-medium">
        {added === 1 ? "1 camera was added." : `${added} cameras were added.`}
        {wrong.length > 0 && ` ${wrong.length === 1 ? "One line needs" : `${wrong.length} lines need`} a look:`}
      </p>
      {wrong.length > 0 && (
        <ul aria-label="Lines that need a look" className="max-h-40 divide-y divide-line overflow-y-auto">
          {wrong.map(({ line, name, message }) => (
            <li key={line} className="py-1.5">
              <span className="font-mono text-[13px] text-muted">Line {line}</span> {name !== null && `${name}: `}
              {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
