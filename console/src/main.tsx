import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { refreshSession } from "@/api/authentication";
import { setTokenRefresh } from "@/api/client";
import { shouldRetry } from "@/api/retry";
import { loadLanguage } from "@/i18n";
import { startLive } from "@/live/socket";
import { startPreferences, subscribePreferences } from "@/prefs/preferences";
import { makeRouter } from "@/router";
import { SignInGate } from "@/shell/SignInGate";
import "@/app.css";

startPreferences();
setTokenRefresh(refreshSession);
startLive();
subscribePreferences(() => void loadLanguage());
await loadLanguage().catch(() => {}); // the page starts in English

const client = new QueryClient({
  defaultOptions: {
    queries: { retry: shouldRetry, staleTime: 5_000, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
const router = makeRouter();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <SignInGate>
          <RouterProvider router={router} />
        </SignInGate>
      </QueryClientProvider>
    </StrictMode>,
  );
}
