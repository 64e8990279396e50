"use client";
/** Which recordings are selected: one by one, or a range from the last one that was touched. */
import { useCallback, useMemo, useState } from "react";

export interface Selection {
  /** In the order of the list. */
  ids: readonly string[];
  has: (id: string) => boolean;
  /** @param asRange also everything between this one and the last one that was touched */
  toggle: (id: string, asRange: boolean) => void;
  selectAll: () => void;
  clear: () => void;
}

/** @param order ids as they are shown; what is no longer among them is not selected any more */
export function useSelection(order: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);

  const toggle = useCallback(
    (id: string, asRange: boolean) => {
      const from = anchor === null ? -1 : order.indexOf(anchor);
      const to = order.indexOf(id);
      setAnchor(id);
      setChosen((before) => {
        const next = new Set(before);
        if (asRange && from !== -1) {
          for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
        } else if (!next.delete(id)) {
          next.add(id);
        }
        return next;
      });
    },
    [anchor, order],
  );
  const selectAll = useCallback(() => setChosen(new Set(order)), [order]);
  const clear = useCallback(() => setChosen(new Set()), []);

  return useMemo(() => {
    const ids = order.filter((id) => chosen.has(id));
    return { ids, has: (id) => chosen.has(id), toggle, selectAll, clear };
  }, [order, chosen, toggle, selectAll, clear]);
}
