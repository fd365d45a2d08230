import type { ReactNode } from "react";
import { Icon } from "@/ui/icons";

/** The frame around pages that need no session. */
export function SignedOutLayout({ lead, children }: { lead: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-3">
          <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent text-on-accent">
            <Icon name="missions" className="size-5" />
          </span>
          <div>
            <h1 className="text-lg font-semibold">OPS-Agent</h1>
            <p className="text-ink-2">{lead}</p>
          </div>
        </div>
        <div className="card p-5">{children}</div>
      </div>
    </main>
  );
}
