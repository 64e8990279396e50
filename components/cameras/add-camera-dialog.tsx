"use client";
/** Adds a camera by name and address; a look at what it sends comes first for those who want it. */
import { useState } from "react";
import { TestResult } from "@/components/cameras/test-result";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CameraTestResult } from "@/lib/protocol/camera-jobs";
import type { CameraResource } from "@/lib/protocol/cameras";

interface AddCameraDialogProps {
  open: boolean;
  /** Of a camera that was found; null: to be entered. */
  initial: { name: string; url: string } | null;
  onOpenChange: (open: boolean) => void;
  onAdded: (camera: CameraResource) => void;
}

export function AddCameraDialog({ open, initial, onOpenChange, onAdded }: AddCameraDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add a camera"
      description="It is recorded as soon as it is added."
    >
      {open && <AddCameraForm initial={initial} onCancel={() => onOpenChange(false)} onAdded={onAdded} />}
    </Dialog>
  );
}

interface AddCameraFormProps extends Pick<AddCameraDialogProps, "initial"> {
  onCancel: () => void;
  onAdded: (camera: CameraResource) => void;
}

function AddCameraForm({ initial, onCancel, onAdded }: AddCameraFormProps) {
  const [url, setUrl] = useState(initial?.url ?? "");
  const [isTesting, setIsTesting] = useState(false);
  const [result, setResult] = useState<CameraTestResult | null>(null);
  const [testProblem, setTestProblem] = useState<unknown>(null);
  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async (text) => {
    onAdded(await api.post<CameraResource>("/cameras", { name: text("name"), url, start: true }));
  });

  async function test() {
    forgetProblem();
    setIsTesting(true);
    setResult(null);
    setTestProblem(null);
    try {
      setResult(await api.post<CameraTestResult>("/camera-tests", { url }));
    } catch (error) {
      setTestProblem(error);
    } finally {
      setIsTesting(false);
    }
  }

  function change(next: string) {
    setUrl(next);
    setResult(null);
    setTestProblem(null);
  }

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field label="Name">
        {(control) => (
          <Input
            {...control}
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            placeholder="Front door"
            defaultValue={initial?.name}
          />
        )}
      </Field>
      <Field label="Address" hint="rtsp or rtsps. A user name and password in it are kept encrypted.">
        {(control) => (
          <div className="flex gap-2">
            <Input
              {...control}
              inputMode="url"
              required
              maxLength={2000}
              autoComplete="off"
              spellCheck={false}
              placeholder="rtsp://user:password@192.168.1.20/stream"
              value={url}
              onChange={(event) => change(event.target.value)}
            />
            <Button look="outline" busy={isTesting} disabled={url.trim() === ""} onClick={() => void test()}>
              Test
            </Button>
          </div>
        )}
      </Field>
      <div aria-live="polite">
        {isTesting && <p className="text-sm text-muted">Connecting to the camera. This takes a few seconds.</p>}
        {result !== null && <TestResult result={result} />}
      </div>
      {testProblem !== null && <Problem what={testProblem} />}
      <DialogActions>
        <Button look="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy}>
          Add and record
        </Button>
      </DialogActions>
    </form>
  );
}
