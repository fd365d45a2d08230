import { type KeyboardEvent, type ReactNode, useId } from "react";

export type Tab<Id extends string> = { id: Id; name: string; count?: number; content: ReactNode };

/** Tabs inside a panel, with arrow keys. */
export function Tabs<Id extends string>({
  label,
  tabs,
  chosen,
  onChoose,
}: {
  label: string;
  tabs: Tab<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
}) {
  const base = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = tabs.findIndex((tab) => tab.id === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next) {
      onChoose(next.id);
      document.getElementById(`${base}-${next.id}`)?.focus();
    }
  };
  const open = tabs.find((tab) => tab.id === chosen);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        role="tablist"
        aria-label={label}
        className="flex gap-1 border-b border-line px-2"
        onKeyDown={move}
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${base}-${tab.id}`}
            aria-selected={tab.id === chosen}
            aria-controls={`${base}-panel`}
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => onChoose(tab.id)}
            className="-mb-px min-h-8 border-b-2 border-transparent px-2 text-xs font-medium text-ink-2 hover:text-ink aria-selected:border-accent aria-selected:text-ink"
          >
            {tab.name}
            {tab.count !== undefined && <span className="num ml-1 text-ink-3">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${base}-panel`}
        aria-labelledby={`${base}-${chosen}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling panel must be reachable by keyboard
        tabIndex={0}
        className="min-h-0 flex-1 overflow-auto"
      >
        {open?.content}
      </div>
    </div>
  );
}
