// A dashboard page of our own around Grafana's own panels: its chrome, charts, tables and decoder of frames.
import { createTheme, LoadingState } from "@grafana/data";
import { selectors } from "@grafana/e2e-selectors";
import { PanelChrome, ThemeContext } from "@grafana/ui";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { ask, told } from "./asking.js";
import { Visualization } from "./visualization.jsx";

const theme = createTheme({ colors: { mode: "light" } });
const WIDTH = 1240;
const HEIGHT = 380;
/** Explore's panes have made-up keys, which it sends where dashboards send a panel's number. */
const PANE = "zk3";

function Panel({ panel, range }) {
  const [data, setData] = useState({ state: LoadingState.Loading, frames: [] });
  useEffect(() => {
    ask(panel, range).then(
      (frames) => setData({ state: LoadingState.Done, frames }),
      (error) => setData({ state: LoadingState.Error, frames: [], error }),
    );
  }, [panel, range]);
  const empty = data.state === LoadingState.Done && told(data.frames).every((field) => !field.values.length);
  return (
    <PanelChrome
      title={panel.title}
      width={WIDTH}
      height={HEIGHT}
      loadingState={data.state}
      statusMessage={data.error?.message}
    >
      {(width, height) =>
        empty ? (
          <div data-testid={selectors.components.Panels.Panel.PanelDataErrorMessage}>No data</div>
        ) : (
          data.frames.length > 0 && (
            <Visualization {...{ panel, range, theme, width, height }} frames={data.frames} />
          )
        )
      }
    </PanelChrome>
  );
}

/** As Grafana does from version 11 on: what is far from the viewport is not mounted. */
function Lazy({ children }) {
  const [near, setNear] = useState(false);
  const place = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([seen]) => seen.isIntersecting && setNear(true));
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  return (
    <div ref={place} style={{ height: HEIGHT + 20 }}>
      {near && children}
    </div>
  );
}

function Explore({ panel, range }) {
  return (
    <main data-testid={selectors.pages.Explore.General.container}>
      <Panel panel={{ ...panel, title: "Graph", id: PANE }} range={range} />
    </main>
  );
}

async function open() {
  const asked = new URLSearchParams(location.search);
  const range = { from: Number(asked.get("from")), to: Number(asked.get("to")) };
  const answer = await fetch("/api/dashboards/uid/shop");
  const { panels } = (await answer.json()).dashboard;
  const page = location.pathname.startsWith("/explore") ? (
    <Explore panel={panels[0]} range={range} />
  ) : (
    panels.map((panel) => (
      <Lazy key={panel.id}>
        <Panel {...{ panel, range }} />
      </Lazy>
    ))
  );
  createRoot(document.getElementById("reactRoot")).render(
    <ThemeContext.Provider value={theme}>{page}</ThemeContext.Provider>,
  );
}

open();
