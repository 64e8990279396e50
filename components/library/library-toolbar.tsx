"use client";
/** Searching, sorting and how the library is shown. */
import { ArrowDownUp, LayoutGrid, LoaderCircle, Rows3, Search, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import type { ListRecordingsQuery } from "@/lib/protocol/recordings";

export type LibraryView = "grid" | "list";

type Sort = ListRecordingsQuery["sort"];

const SORTS: readonly { value: Sort; label: string }[] = [
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first" },
  { value: "title", label: "By title" },
  { value: "longest", label: "Longest first" },
  { value: "largest", label: "Largest first" },
];

const VIEWS = [
  { value: "grid", label: "Grid", icon: <LayoutGrid aria-hidden /> },
  { value: "list", label: "List", icon: <Rows3 aria-hidden /> },
] as const;

/** A search begins when nothing was typed for this long. */
const TYPING_PAUSE_MS = 220;

interface LibraryToolbarProps {
  searchRef: RefObject<HTMLInputElement | null>;
  q: string;
  onSearch: (q: string) => void;
  isSearching: boolean;
  sort: Sort;
  onSort: (sort: Sort) => void;
  view: LibraryView;
  onView: (view: LibraryView) => void;
}

export function LibraryToolbar(props: LibraryToolbarProps) {
  const { searchRef, q, onSearch, isSearching, sort, onSort, view, onView } = props;
  return (
    <search className="mb-6 flex flex-wrap items-center gap-2">
      <SearchField inputRef={searchRef} q={q} onSearch={onSearch} isSearching={isSearching} />
      <Select
        aria-label="Sort"
        value={sort}
        onValueChange={(value) => onSort(value as Sort)}
        options={SORTS}
        icon={<ArrowDownUp aria-hidden />}
        className="min-w-40 flex-1 sm:flex-none"
      />
      <Segmented label="View" value={view} onValueChange={onView} options={VIEWS} iconsOnly />
    </search>
  );
}

function SearchField({
  inputRef,
  q,
  onSearch,
  isSearching,
}: Pick<LibraryToolbarProps, "q" | "onSearch" | "isSearching"> & { inputRef: LibraryToolbarProps["searchRef"] }) {
  const [text, setText] = useState(q);
  const [known, setKnown] = useState(q);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address changed by itself: back, forward, or "show all".
  if (q !== known) {
    setKnown(q);
    if (q !== text.trim()) setText(q);
  }
  useEffect(() => () => clearTimeout(pause.current), []);

  function type(next: string) {
    setText(next);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => onSearch(next.trim()), TYPING_PAUSE_MS);
  }

  return (
    <div className="relative min-w-0 flex-1 basis-full sm:basis-64">
      <span className="pointer-events-none absolute inset-y-0 left-3 grid place-items-center text-faint">
        {isSearching ? (
          <LoaderCircle aria-hidden className="size-4 animate-spin" />
        ) : (
          <Search aria-hidden className="size-4" />
        )}
      </span>
      <Input
        ref={inputRef}
        type="search"
        aria-label="Search recordings by title"
        placeholder="Search titles"
        maxLength={200}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") type("");
        }}
        className="pr-10 pl-9 [&::-webkit-search-cancel-button]:hidden"
      />
      {text === "" ? (
        <kbd
          aria-hidden
          className="counter pointer-events-none absolute inset-y-0 right-2.5 my-auto grid h-5 w-5 place-items-center rounded-sm border text-[11px] text-faint pointer-coarse:hidden"
        >
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => {
            type("");
            inputRef.current?.focus();
          }}
          className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-faint hover:text-ink pointer-coarse:w-11"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}
