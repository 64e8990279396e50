"use client";
/** The cameras of a user as a grid, kept fresh, and the ways to add some. */
import { ListPlus, Plus, Radar, Webcam } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { AddCameraDialog } from "@/components/cameras/add-camera-dialog";
import { CameraCard } from "@/components/cameras/camera-card";
import { type ChosenStream, FindDialog } from "@/components/cameras/find-dialog";
import { ImportDialog } from "@/components/cameras/import-dialog";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeading } from "@/components/ui/page-heading";
import { Problem } from "@/components/ui/problem";
import type { CameraResource } from "@/lib/protocol/cameras";

const REFRESH_MS = 4000;

interface CameraList {
  cameras: CameraResource[];
}

export function Cameras({ initial }: { initial: CameraList }) {
  const { data, error, mutate } = useSWR<CameraList>("/cameras", {
    fallbackData: initial,
    refreshInterval: REFRESH_MS,
  });
  const cameras = (data ?? initial).cameras;
  const [isAdding, setIsAdding] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const [isFinding, setIsFinding] = useState(false);
  const [chosen, setChosen] = useState<ChosenStream | null>(null);
  const add = (
    <div className="flex flex-wrap justify-center gap-2">
      <Button look="outline" onClick={() => setIsFinding(true)}>
        <Radar aria-hidden />
        Find cameras
      </Button>
      <Button look="outline" onClick={() => setIsImporting(true)}>
        <ListPlus aria-hidden />
        Import list
      </Button>
      <Button onClick={() => setIsAdding(true)}>
        <Plus aria-hidden />
        Add camera
      </Button>
    </div>
  );
  return (
    <>
      <PageHeading
        title="Cameras"
        description="Network cameras, recorded around the clock by the server. It goes on when you close this page."
        actions={cameras.length > 0 && add}
      />
      {error !== undefined && (
        <Problem
          what={error}
          className="mb-6"
          action={
            <Button look="outline" size="sm" onClick={() => void mutate()}>
              Try again
            </Button>
          }
        />
      )}
      {cameras.length === 0 ? (
        <EmptyState
          picture={<Webcam aria-hidden strokeWidth={1.2} className="mx-auto size-12 text-faint" />}
          title="No cameras yet"
          actions={add}
        >
          Look for them on the network, or add one by its RTSP address. What it sends is kept as it comes, and gaps are
          told with their cause.
        </EmptyState>
      ) : (
        <ul aria-label="Cameras" className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
          {cameras.map((camera) => (
            <CameraCard key={camera.id} camera={camera} onChange={mutate} />
          ))}
        </ul>
      )}
      <AddCameraDialog
        open={isAdding}
        initial={chosen}
        onOpenChange={(open) => {
          setIsAdding(open);
          if (!open) setChosen(null);
        }}
        onAdded={() => {
          setIsAdding(false);
          setChosen(null);
          void mutate();
        }}
      />
      <FindDialog
        open={isFinding}
        onOpenChange={setIsFinding}
        onChosen={(stream) => {
          setIsFinding(false);
          setChosen(stream);
          setIsAdding(true);
        }}
      />
      <ImportDialog open={isImporting} onOpenChange={setIsImporting} onAdded={() => void mutate()} />
    </>
  );
}
