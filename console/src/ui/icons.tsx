const PATHS = {
  missions: "M2.5 8.5h2.3l1.9-5 3 9 1.8-4h2",
  approvals:
    "M8 1.8 13.2 4v3.6c0 3.2-2.1 5.4-5.2 6.6-3.1-1.2-5.2-3.4-5.2-6.6V4L8 1.8ZM5.6 7.8l1.7 1.7 3.1-3.3",
  audit: "M4 2.5h6l2.5 2.5v8.5H4zM9.8 2.6v2.6h2.6M6 8h4.5M6 10.6h4.5",
  admin: "M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM2.8 13.4c.5-2.3 2.6-3.6 5.2-3.6s4.7 1.3 5.2 3.6",
  settings: "M2.5 4.5h6M11.5 4.5h2M10 3v3M2.5 11.5h2M7.5 11.5h6M6 10v3M2.5 8h4M9.5 8h4M8 6.5v3",
  plus: "M8 3.2v9.6M3.2 8h9.6",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3l3.2 3.2",
  check: "M3.2 8.4l3.1 3.1 6.5-7",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6",
  alert: "M8 2.4 14.2 13H1.8L8 2.4ZM8 6.4v3.1M8 11.3v.1",
  eye: "M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z",
  play: "M5 3.4v9.2L12.4 8 5 3.4Z",
  pause: "M5.4 3.5v9M10.6 3.5v9",
  stop: "M4 4h8v8H4z",
  external: "M9.5 2.8h3.7v3.7M13 3 7.6 8.4M11.6 9.3v3.4H3.3V4.4h3.4",
  copy: "M5.6 5.6h7.2v7.2H5.6zM10.4 5.4V3.2H3.2v7.2h2.2",
  down: "M4 6.2 8 10.2l4-4",
  right: "M6.2 4 10.2 8l-4 4",
  left: "M9.8 4 5.8 8l4 4",
  more: "M3.6 8h.1M8 8h.1M12.4 8h.1",
  undo: "M5.6 3.4 2.8 6.2 5.6 9M3 6.2h6.2a3.4 3.4 0 0 1 0 6.8H6",
  bell: "M4 11.2V7.4a4 4 0 0 1 8 0v3.8l1 1.2H3l1-1.2ZM6.8 14h2.4",
  dot: "M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  slash: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.9 3.9l8.2 8.2",
  pulse: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 8h.1",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  graph:
    "M3.6 5.2a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM12.4 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM3.6 14a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM5.1 4.3l5.8 3M5.1 11.7l5.8-3",
  shield: "M8 1.8 13.2 4v3.6c0 3.2-2.1 5.4-5.2 6.6-3.1-1.2-5.2-3.4-5.2-6.6V4L8 1.8Z",
  camera: "M2.2 5h2.6l1-1.6h4.4l1 1.6h2.6v7.6H2.2zM8 10.8a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  document: "M4 2.2h5.4L12 4.8v9H4zM6 7h4M6 9.4h4M6 11.8h2.4",
  print: "M4.6 6V2.6h6.8V6M4.6 11.4H2.4V6h11.2v5.4h-2.2M4.6 9.4h6.8v4H4.6z",
  person: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 13.8c.4-2.6 2.5-4 5.2-4s4.8 1.4 5.2 4",
  wrench:
    "M13.4 4.2 11 6.6 9.4 5l2.4-2.4a3.4 3.4 0 0 0-4.5 4.4L2.6 11.700l1.700 1.700 4.700-4.700a3.400 3.400 0 0 0 4.400-4.500Z",
  brain: "M3 12.500h3l2-9 2.500 11L12 9.500h2",
  flag: "M4 14V2.600h7.800l-1.600 2.700 1.600 2.700H4",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon: the text beside it has the same meaning. */
export function Icon({ name, className = "size-4" }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
