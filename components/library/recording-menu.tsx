"use client";
/** What can be done with one recording of the library. */
import { Clapperboard, Download, Ellipsis, Pencil, Pin, PinOff, SquareCheck, Trash2 } from "lucide-react";
import { useRef } from "react";
import { canCompile, type ItemCommands } from "@/components/library/recording-item";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface RecordingMenuProps {
  recording: RecordingResource;
  commands: ItemCommands;
  className?: string;
}

export function RecordingMenu({ recording, commands, className }: RecordingMenuProps) {
  const willRename = useRef(false);
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" size="iconSm" aria-label={`More for ${recording.title}`} className={className}>
          <Ellipsis aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent
        align="end"
        onCloseAutoFocus={(event) => {
          // The focus belongs in the title's field, not back on the button.
          if (willRename.current) event.preventDefault();
          if (willRename.current) commands.startRename(recording.id);
          willRename.current = false;
        }}
      >
        <MenuItem keys="X" onSelect={() => commands.toggle(recording.id, false)}>
          <SquareCheck aria-hidden />
          Select
        </MenuItem>
        <MenuItem keys="F2" onSelect={() => (willRename.current = true)}>
          <Pencil aria-hidden />
          Rename
        </MenuItem>
        <MenuItem onSelect={() => commands.pin(recording)}>
          {recording.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
          {recording.pinned ? "Unpin" : "Pin, so that it is kept"}
        </MenuItem>
        {recording.downloadUrl !== null && (
          <MenuItem asChild>
            <a href={`${recording.downloadUrl}?download=1`} download>
              <Download aria-hidden />
              Download
            </a>
          </MenuItem>
        )}
        {canCompile(recording) && (
          <MenuItem onSelect={() => commands.compile(recording)}>
            <Clapperboard aria-hidden />
            {recording.state === "failed" ? "Compile again" : "Compile"}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger keys="Del" onSelect={() => commands.remove(recording)}>
          <Trash2 aria-hidden />
          Delete…
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
