/** Several of a few choices, as check boxes; the chosen ones keep the order of the choices. */
export function CheckBoxes<Choice extends string>({
  label,
  hint,
  from,
  chosen,
  textOf,
  onChange,
}: {
  label: string;
  hint?: string;
  from: readonly Choice[];
  chosen: readonly Choice[];
  textOf: (choice: Choice) => string;
  onChange: (next: Choice[]) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-ink-2">{label}</legend>
      {hint && <p className="mb-1 text-xs text-ink-3">{hint}</p>}
      <div className="flex flex-wrap gap-x-4">
        {from.map((choice) => (
          <label key={choice} className="flex min-h-7 items-center gap-1.5">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={chosen.includes(choice)}
              onChange={(event) =>
                onChange(
                  from.filter((each) => (each === choice ? event.target.checked : chosen.includes(each))),
                )
              }
            />
            {textOf(choice)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
