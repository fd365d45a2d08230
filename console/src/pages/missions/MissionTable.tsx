import { useNavigate, useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Mission } from "@/api/schema";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { useT } from "@/i18n";
import { COLUMNS, MissionRow } from "@/pages/missions/MissionRow";
import { useRowKeys } from "@/pages/missions/useRowKeys";
import { useStableOrder } from "@/pages/missions/useStableOrder";
import { usePreferences } from "@/prefs/preferences";
import { Button } from "@/ui/Button";

/** A virtual table: it renders only the visible rows. */
export function MissionTable({
  missions,
  loadMore,
  loading,
}: {
  missions: Mission[];
  loadMore: (() => void) | undefined;
  loading: boolean;
}) {
  const t = useT();
  const scroll = useRef<HTMLDivElement>(null);
  const [inside, setInside] = useState(false);
  const [released, setReleased] = useState(0);
  const narrow = useNarrow();
  const { density } = usePreferences();
  const height = (density === "compact" ? 36 : 44) + (narrow ? 28 : 0);
  const { shown, newCount } = useStableOrder(missions, inside && released === 0);
  useEffect(() => {
    if (released) setReleased(0);
  }, [released]);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    overscan: 5,
    getItemKey: (row) => shown[row]?.id ?? row,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are measured again when their height changes
  useEffect(() => rows.measure(), [height]);
  const items = rows.getVirtualItems();
  const keys = useRowKeys(
    items.map((item) => String(item.key)),
    inside,
  );
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (loadMore && !loading && last >= shown.length - 20) loadMore();
  }, [loadMore, loading, last, shown.length]);

  const formats = useFormats();
  const context = useMemo(() => ({ t, formats }), [t, formats]);
  const now = useNow();
  const navigate = useNavigate();
  const router = useRouter();
  const open = (event: MouseEvent) => {
    const row = (event.target as HTMLElement).closest("a")?.closest<HTMLElement>("[data-row]");
    const mission = shown[Number(row?.dataset.row ?? -1)];
    if (!mission || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate({ to: "/missions/$id", params: { id: mission.id } });
  };
  const preload = () => void router.preloadRoute({ to: "/missions/$id", params: { id: "any" } });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const at = Number((event.target as HTMLElement).closest<HTMLElement>("[data-row]")?.dataset.row ?? -1);
    focusRow(Math.min(shown.length - 1, Math.max(0, at + step)));
  };
  const focusRow = (row: number) => {
    rows.scrollToIndex(row);
    const focus = () => {
      const link = scroll.current?.querySelector<HTMLElement>(`[data-row="${row}"] a`);
      link?.focus();
      return link != null;
    };
    // At once if the row is rendered: an Enter right after it must not open the row before.
    if (!focus()) requestAnimationFrame(focus);
  };
  useEffect(() => {
    const first = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "j" || event.target !== document.body) return;
      event.preventDefault();
      scroll.current?.querySelector<HTMLElement>("[data-row] a")?.focus();
    };
    addEventListener("keydown", first);
    return () => removeEventListener("keydown", first);
  }, []);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {newCount > 0 && (
        <div className="absolute top-10 right-0 left-0 z-20 flex justify-center">
          <Button small kind="primary" className="shadow-pop" onClick={() => setReleased(1)}>
            {t("showNew", { n: newCount })}
          </Button>
        </div>
      )}
      <div
        ref={scroll}
        role="table"
        aria-label={t("missions")}
        aria-rowcount={shown.length + 1}
        onClick={open}
        onKeyDown={onKeyDown}
        onPointerEnter={preload}
        onFocus={() => setInside(true)}
        onBlur={(event) => setInside(event.currentTarget.contains(event.relatedTarget))}
        className="min-h-0 flex-1 overflow-auto bg-surface"
      >
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface max-md:sr-only">
          <div role="row" aria-rowindex={1} className={`${COLUMNS} h-8 items-center px-4`}>
            {(
              [
                "status",
                "title",
                "service",
                "requester",
                "step",
                "risk",
                "waiting",
                "age",
                "duration",
              ] as const
            ).map((name) => (
              <span key={name} role="columnheader" data-col={name} className="col eyebrow truncate">
                {t(`column.${name}`)}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative w-full" style={{ height: rows.getTotalSize() }}>
          {items.map((item, index) => {
            const mission = shown[item.index];
            return mission ? (
              <MissionRow
                key={keys[index]}
                mission={mission}
                row={item.index}
                top={item.start}
                height={item.size}
                age={formats.age(Math.max(0, now - Date.parse(mission.createdAt)))}
                context={context}
              />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}

/** Whether rows have two lines, as on a phone. */
function useNarrow() {
  const query = "(max-width: 47.99rem)";
  const [narrow, setNarrow] = useState(() => globalThis.matchMedia?.(query).matches ?? false);
  useEffect(() => {
    const media = globalThis.matchMedia?.(query);
    const update = () => setNarrow(media?.matches ?? false);
    media?.addEventListener("change", update);
    return () => media?.removeEventListener("change", update);
  }, []);
  return narrow;
}
