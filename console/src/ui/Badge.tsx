import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "danger";

const SOFT: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-2",
  accent: "bg-accent-soft text-accent",
  ok: "bg-ok-soft text-ok",
  warn: "bg-warn-soft text-warn",
  danger: "bg-danger-soft text-danger",
};

export const INK: Record<Tone, string> = {
  neutral: "text-ink-2",
  accent: "text-accent",
  ok: "text-ok",
  warn: "text-warn",
  danger: "text-danger",
};

/** A short text with an icon: colour is never the only sign. */
export function Badge({
  tone = "neutral",
  icon,
  children,
  className = "",
}: {
  tone?: Tone;
  icon?: IconName;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded px-1.5 py-px text-xs font-medium whitespace-nowrap ${SOFT[tone]} ${className}`}
    >
      {icon && <Icon name={icon} className="size-3" />}
      {children}
    </span>
  );
}

/** A badge without a background, for dense tables. */
export function IconLabel({
  tone = "neutral",
  icon,
  children,
}: {
  tone?: Tone;
  icon: IconName;
  children: ReactNode;
}) {
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${INK[tone]}`}>
      <Icon name={icon} className="size-3.5" />
      <span>{children}</span>
    </span>
  );
}
