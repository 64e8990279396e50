"use client";
/** The library: every recording of the user, to find, watch, name, keep and delete. */
import { Keyboard } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { count } from "@/components/format/duration";
import { itemKeys, LIBRARY_SHORTCUTS } from "@/components/library/item-keys";
import { LibraryEmpty, LibraryNoMatch, LibraryProblem } from "@/components/library/library-states";
import { LibraryToolbar, type LibraryView } from "@/components/library/library-toolbar";
import type { ListQuery } from "@/components/library/list-query";
import type { ItemCommands } from "@/components/library/recording-item";
import { RecordingItems } from "@/components/library/recording-items";
import { SelectionBar } from "@/components/library/selection-bar";
import { useLibraryAddress } from "@/components/library/use-library-address";
import { useRecordingList } from "@/components/library/use-recording-list";
import { useSelection } from "@/components/library/use-selection";
import { rememberView } from "@/components/library/view-cookie";
import { DeleteDialog } from "@/components/recording/delete-dialog";
import { useRecordingActions } from "@/components/recording/use-recording-actions";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { PageHeading } from "@/components/ui/page-heading";
import { Problem } from "@/components/ui/problem";
import { ShortcutsDialog } from "@/components/ui/shortcuts-dialog";
import type { RecordingList, RecordingResource } from "@/lib/protocol/recordings";

interface LibraryProps {
  initial: RecordingList;
  initialQuery: ListQuery;
  initialView: LibraryView;
}

export function Library({ initial, initialQuery, initialView }: LibraryProps) {
  const [query, setQuery] = useLibraryAddress();
  const [view, setView] = useState(initialView);
  const list = useRecordingList(query, initial, initialQuery);
  const { recordings, total } = list;
  const order = useMemo(() => recordings.map(({ id }) => id), [recordings]);
  const selection = useSelection(order);
  const actions = useRecordingActions(list);
  const [renamingId, setRenamingId] = useState<string | null>(null);
  const [toDelete, setToDelete] = useState<readonly RecordingResource[]>([]);
  const [showsShortcuts, setShowsShortcuts] = useState(false);
  const searchRef = useRef<HTMLInputElement>(null);
  const itemsRef = useRef<HTMLDivElement>(null);

  const selected = useMemo(() => recordings.filter(({ id }) => selection.has(id)), [recordings, selection]);
  const { toggle, selectAll, clear } = selection;

  const focusItem = useCallback((id: string) => {
    requestAnimationFrame(() => itemsRef.current?.querySelector<HTMLElement>(`[data-recording="${id}"]`)?.focus());
  }, []);
  const commands = useMemo<ItemCommands>(
    () => ({
      toggle,
      startRename: setRenamingId,
      finishRename(id, title) {
        setRenamingId(null);
        focusItem(id);
        if (title !== null) actions.change(id, { title }).catch(() => {});
      },
      pin: ({ id, pinned }) => void actions.change(id, { pinned: !pinned }).catch(() => {}),
      compile: ({ id }) => void actions.compile([id]),
      remove: (recording) => setToDelete([recording]),
    }),
    [toggle, actions, focusItem],
  );
  const onItemKey = itemKeys({
    toggle,
    selectAll,
    clear,
    startRename: setRenamingId,
    remove(id) {
      if (selection.has(id)) setToDelete(selected);
      else setToDelete(recordings.filter((recording) => recording.id === id));
    },
  });

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const target = event.target as HTMLElement;
      const isTyping =
        target.closest("input, textarea, select, [role=dialog], [role=alertdialog], [role=menu]") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") searchRef.current?.focus();
      else if (event.key === "?") setShowsShortcuts(true);
      else return;
      event.preventDefault();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  async function remove() {
    const gone = new Set(toDelete.map(({ id }) => id));
    const firstIndex = order.findIndex((id) => gone.has(id));
    await actions.remove([...gone]);
    const next = order.slice(firstIndex).find((id) => !gone.has(id)) ?? order.findLast((id) => !gone.has(id));
    if (next !== undefined) focusItem(next);
    else searchRef.current?.focus();
  }

  const isEmpty = recordings.length === 0 && !list.isLoading;
  if (isEmpty && !list.hasFailed && query.q === "") return <LibraryEmpty />;
  return (
    <>
      <PageHeading
        title="Library"
        description={list.hasFailed ? undefined : list.isLoading ? "Looking…" : countWords(total, query.q)}
        actions={
          <IconButton
            label="Keyboard shortcuts"
            keys="?"
            size="iconSm"
            className="pointer-coarse:hidden"
            onClick={() => setShowsShortcuts(true)}
          >
            <Keyboard aria-hidden />
          </IconButton>
        }
      />
      <LibraryToolbar
        searchRef={searchRef}
        q={query.q}
        onSearch={(q) => setQuery({ ...query, q })}
        isSearching={list.isLoading}
        sort={query.sort}
        onSort={(sort) => setQuery({ ...query, sort })}
        view={view}
        onView={(next) => {
          setView(next);
          rememberView(next);
        }}
      />
      {list.error !== undefined && !list.hasFailed && (
        <Problem
          what={list.error}
          className="mb-5"
          action={
            <Button look="outline" size="sm" onClick={list.retry}>
              Try again
            </Button>
          }
        />
      )}
      {list.hasFailed && <LibraryProblem what={list.error} onRetry={list.retry} />}
      {isEmpty && !list.hasFailed && <LibraryNoMatch q={query.q} onShowAll={() => setQuery({ ...query, q: "" })} />}
      {/* The keys act on the links inside; the element itself is nothing to press. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div ref={itemsRef} onKeyDown={onItemKey}>
        <RecordingItems
          view={view}
          recordings={recordings}
          isLoading={list.isLoading}
          selection={selection}
          renamingId={renamingId}
          commands={commands}
        />
      </div>
      {list.hasMore && (
        <div className="mt-8 flex justify-center">
          <Button look="outline" busy={list.isLoadingMore} onClick={list.loadMore}>
            Load more
          </Button>
        </div>
      )}
      {selected.length > 0 && (
        <SelectionBar
          selected={selected}
          shown={recordings.length}
          onSelectAll={selectAll}
          onClear={clear}
          onPin={(pinned) => {
            for (const { id } of selected) actions.change(id, { pinned }).catch(() => {});
          }}
          onCompile={(those) => void actions.compile(those.map(({ id }) => id))}
          onRemove={() => setToDelete(selected)}
        />
      )}
      <DeleteDialog recordings={toDelete} onClose={() => setToDelete([])} onConfirm={remove} />
      <ShortcutsDialog open={showsShortcuts} onOpenChange={setShowsShortcuts} shortcuts={LIBRARY_SHORTCUTS} />
    </>
  );
}

function countWords(total: number, q: string): string {
  return q === "" ? count(total, "recording") : `${count(total, "recording")} with “${q}”`;
}
