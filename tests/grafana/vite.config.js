import { defineConfig } from "vite";

// Grafana serves what its pages are built of from /public/build.
export default defineConfig({
  base: "/public/build/",
  build: { outDir: "dist", assetsDir: ".", chunkSizeWarningLimit: 20_000 },
  define: { "process.env": "{}", global: "globalThis" },
});
