import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";

/** Why there is nothing to show, and the next action. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-2 px-4 py-14 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-full border border-line bg-surface text-ink-3">
        <Icon name={icon} className="size-5" />
      </span>
      <p className="text-base font-semibold">{title}</p>
      {children && <div className="text-ink-2">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}
