"use client";
/** Starts recording a camera, or stops it. */
import { Square } from "lucide-react";
import { useState } from "react";
import { RecordDot } from "@/components/brand/record-dot";
import { Button } from "@/components/ui/button";
import { toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { CameraResource } from "@/lib/protocol/cameras";

interface StartStopButtonProps {
  camera: Pick<CameraResource, "id" | "name" | "wanted">;
  size?: "sm" | "md";
  onChange: () => Promise<unknown>;
}

export function StartStopButton({ camera: { id, name, wanted }, size = "sm", onChange }: StartStopButtonProps) {
  const [isBusy, setIsBusy] = useState(false);

  async function move() {
    setIsBusy(true);
    try {
      await api.post(`/cameras/${id}/${wanted ? "stop" : "start"}`);
      await onChange();
    } catch (error) {
      toastProblem(error);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Button look={wanted ? "outline" : "record"} size={size} busy={isBusy} onClick={() => void move()}>
      {wanted ? <Square aria-hidden /> : <RecordDot />}
      {wanted ? "Stop recording" : "Record"}
      <span className="sr-only"> {name}</span>
    </Button>
  );
}
