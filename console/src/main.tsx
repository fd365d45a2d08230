import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renewBy } from "@/api/client";
import { retry } from "@/api/retrying";
import { renew } from "@/api/signing";
import { loadLanguage } from "@/i18n";
import { startLive } from "@/live/socket";
import { onPreferences, startPreferences } from "@/prefs/preferences";
import { makeRouter } from "@/router";
import { Gate } from "@/shell/Gate";
import "@/app.css";

startPreferences();
renewBy(renew);
startLive();
onPreferences(() => void loadLanguage());
await loadLanguage().catch(() => {}); // English, where it cannot be had

const client = new QueryClient({
  defaultOptions: {
    queries: { retry, staleTime: 5_000, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
const router = makeRouter();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Gate>
          <RouterProvider router={router} />
        </Gate>
      </QueryClientProvider>
    </StrictMode>,
  );
}
