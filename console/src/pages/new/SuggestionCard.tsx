export function SuggestionCard({
  title,
  text,
  onChoose,
}: {
  title: string;
  text: string;
  onChoose: () => void;
}) {
  return (
    <li>
      <button
        type="button"
        onClick={onChoose}
        className="card h-full w-full px-3 py-2 text-left hover:border-line-strong hover:bg-sunken"
      >
        <span className="block font-medium">
          <bdi>{title}</bdi>
        </span>
        <span className="line-clamp-2 text-xs text-ink-2">{text}</span>
      </button>
    </li>
  );
}
