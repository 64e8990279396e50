"use client";
/** Finds cameras on the server's networks, asks the one that is chosen for its streams, and hands over an address. */
import { ArrowLeft, ChevronRight, Webcam } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { codecName } from "@/components/recording/codec-names";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CameraStream, FoundCamera } from "@/lib/protocol/camera-discovery";

/** What a camera that is found is added with. */
export interface ChosenStream {
  name: string;
  /** With the credentials in it. */
  url: string;
}

interface FindDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChosen: (stream: ChosenStream) => void;
}

export function FindDialog({ open, onOpenChange, onChosen }: FindDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Find cameras"
      description="The server asks its networks for cameras that speak ONVIF."
    >
      {open && <FindSteps onCancel={() => onOpenChange(false)} onChosen={onChosen} />}
    </Dialog>
  );
}

function FindSteps({ onCancel, onChosen }: { onCancel: () => void; onChosen: (stream: ChosenStream) => void }) {
  const [camera, setCamera] = useState<FoundCamera | null>(null);
  const { data, error, isValidating, mutate } = useSWR(
    "camera-discoveries",
    () => api.post<{ cameras: FoundCamera[] }>("/camera-discoveries").then(({ cameras }) => cameras),
    // A look is made when the dialog is opened, and when it is asked for.
    { revalidateOnFocus: false, revalidateOnReconnect: false, dedupingInterval: 0, shouldRetryOnError: false },
  );
  if (camera !== null) return <Streams camera={camera} onBack={() => setCamera(null)} onChosen={onChosen} />;
  return (
    <div className="flex flex-col gap-4">
      {error !== undefined && !isValidating && <Problem what={error} />}
      <div aria-live="polite" className="min-h-24">
        {isValidating && <p className="text-sm text-muted">Looking for cameras. This takes about three seconds.</p>}
        {!isValidating && data?.length === 0 && (
          <p className="text-sm leading-6 text-muted">
            No camera answered. Discovery reaches the networks the server is in, and not through routers or into most
            containers; ONVIF may have to be turned on in the camera. Any camera can be added by its RTSP address.
          </p>
        )}
        {!isValidating && data !== undefined && data.length > 0 && (
          <ul aria-label="Cameras that answered" className="max-h-80 divide-y divide-line overflow-y-auto">
            {data.map((each) => (
              <li key={each.address}>
                <button
                  type="button"
                  onClick={() => setCamera(each)}
                  className="flex w-full items-center gap-3 rounded-md px-2 py-2.5 text-left hover:bg-sunken focus-visible:outline-2"
                >
                  <Webcam aria-hidden className="size-5 shrink-0 text-faint" />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate text-sm font-medium">{each.name}</span>
                    <span className="counter block truncate text-[13px] text-muted">
                      {[each.model, each.host, each.isAdded ? "added already" : null].filter(Boolean).join(" · ")}
                    </span>
                  </span>
                  <ChevronRight aria-hidden className="size-4 shrink-0 text-faint" />
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <DialogActions>
        <Button look="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button busy={isValidating} onClick={() => void mutate()}>
          Look again
        </Button>
      </DialogActions>
    </div>
  );
}

interface StreamsProps {
  camera: FoundCamera;
  onBack: () => void;
  onChosen: (stream: ChosenStream) => void;
}

function Streams({ camera, onBack, onChosen }: StreamsProps) {
  const [found, setFound] = useState<{ streams: CameraStream[]; username: string; password: string } | null>(null);
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const credentials = { username: text("username"), password: text("password") };
    const { streams } = await api.post<{ streams: CameraStream[] }>("/camera-streams", {
      ...{ address: camera.address, ...credentials },
    });
    setFound({ streams, ...credentials });
  });
  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      <p className="text-sm">
        <span className="font-medium">{camera.name}</span>{" "}
        <span className="counter text-muted">{[camera.model, camera.host].filter(Boolean).join(" · ")}</span>
      </p>
      {problem !== null && <Problem what={problem} />}
      {found === null ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="User name" hint="Of the camera, not yours here.">
            {(control) => (
              <Input {...control} name="username" maxLength={200} autoComplete="off" autoCapitalize="none" />
            )}
          </Field>
          <Field label="Password">
            {(control) => <Input {...control} name="password" type="password" maxLength={200} autoComplete="off" />}
          </Field>
        </div>
      ) : (
        <ul aria-label="Streams of the camera" className="divide-y divide-line">
          {found.streams.map((stream) => (
            <li key={stream.url} className="flex items-center gap-3 py-2.5">
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm font-medium">{stream.name}</span>
                <span className="counter block text-[13px] text-muted">{streamWords(stream)}</span>
              </span>
              <Button
                look="outline"
                size="sm"
                aria-label={`Use ${stream.name}`}
                onClick={() => onChosen({ name: camera.name, url: withCredentials(stream.url, found) })}
              >
                Use
              </Button>
            </li>
          ))}
        </ul>
      )}
      {found?.streams.length === 0 && <p className="text-sm text-muted">The camera has no streams to offer.</p>}
      <DialogActions>
        <Button look="outline" onClick={onBack}>
          <ArrowLeft aria-hidden />
          Back
        </Button>
        {found === null && (
          <Button type="submit" busy={isBusy}>
            Show its streams
          </Button>
        )}
      </DialogActions>
    </form>
  );
}

function streamWords({ width, height, codec, framesPerSecond }: CameraStream): string {
  return [
    width === null || height === null ? null : `${width} × ${height}`,
    codec === null ? null : codecName(codec),
    framesPerSecond === null ? null : `${framesPerSecond} pictures a second`,
  ]
    .filter((word) => word !== null)
    .join(" · ");
}

function withCredentials(url: string, { username, password }: { username: string; password: string }): string {
  if (username === "") return url;
  return url.replace(/^(rtsps?:\/\/)/i, `$1${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
}
