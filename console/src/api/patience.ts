const FIRST_MS = 500;
const LONGEST_MS = 5_000;

/**
 * Loads a part of the console from the server. While the server restarts, waits until it answers; a part that
 * it does not have then belongs to another release, and the import's own error says so.
 */
export async function patiently<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch {
    await serverAnswers();
    return load();
  }
}

async function serverAnswers(): Promise<void> {
  for (let wait = FIRST_MS; !(await answers()); wait = Math.min(2 * wait, LONGEST_MS)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

const answers = () =>
  fetch("/api/health/live", { cache: "no-store" }).then(
    (response) => response.ok,
    () => false,
  );
