import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";

type Kind = "primary" | "plain" | "quiet" | "danger";

const KINDS: Record<Kind, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:brightness-110",
  plain: "bg-surface text-ink border-line-strong hover:bg-sunken",
  quiet: "bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink",
  danger: "bg-surface text-danger border-danger/50 hover:bg-danger-soft",
};

export const buttonClass = (kind: Kind = "plain", small = false) =>
  `inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none
   transition-[background,filter] disabled:opacity-50 disabled:cursor-not-allowed aria-disabled:opacity-50
   ${small ? "min-h-7 px-2 text-xs" : "min-h-8 px-3 text-sm"} ${KINDS[kind]}`;

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: Kind;
  icon?: IconName | undefined;
  small?: boolean;
  busy?: boolean;
  keys?: string;
  children?: ReactNode;
};

/** A button that is disabled while `busy`. `keys` is the shortcut printed on it. */
export function Button({
  kind = "plain",
  icon,
  small,
  busy,
  keys,
  children,
  className = "",
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={`${buttonClass(kind, small)} ${className}`}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} className="size-3.5" />}
      {children}
      {keys && <Shortcut keys={keys} />}
    </button>
  );
}

/** A button with only an icon: `label` is its accessible name and its tooltip. */
export function IconButton({
  label,
  icon,
  className = "",
  ...rest
}: Props & { label: string; icon: IconName }) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={`inline-flex size-7 items-center justify-center rounded-md text-ink-2 hover:bg-sunken hover:text-ink disabled:opacity-40 ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The keys of a shortcut, separated by spaces. */
function Shortcut({ keys }: { keys: string }) {
  return (
    <span className="ml-1 hidden gap-0.5 sm:inline-flex" aria-hidden="true">
      {keys.split(" ").map((key) => (
        <kbd
          key={key}
          className="min-w-4 rounded border border-current/25 px-1 text-center font-sans text-2xs opacity-75"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}

export function Spinner({ className = "size-3.5" }: { className?: string }) {
  return (
    <svg viewBox="0 0 16 16" className={`animate-spin ${className}`} fill="none" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeOpacity=".25" strokeWidth="2" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
