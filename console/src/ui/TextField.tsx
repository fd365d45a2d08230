import type { InputHTMLAttributes, ReactNode } from "react";
import { Field } from "@/ui/Field";

type Rest = Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange" | "className">;

/** A text input with its label; `mono` for identifiers. */
export function TextField({
  label,
  hint,
  error,
  value,
  onChange,
  mono = false,
  ...rest
}: Rest & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: string;
  onChange: (value: string) => void;
  mono?: boolean;
}) {
  return (
    <Field label={label} hint={hint} error={error}>
      <input
        className={mono ? "control font-mono" : "control"}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...rest}
      />
    </Field>
  );
}
