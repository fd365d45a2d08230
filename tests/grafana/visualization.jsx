import { applyFieldOverrides, dateTime, FieldType, getFieldDisplayValues } from "@grafana/data";
import { LegendDisplayMode } from "@grafana/schema";
import { BigValue, BigValueColorMode, BigValueGraphMode, TimeSeries } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";

const replaceVariables = (text) => text;
const LEGEND = { displayMode: LegendDisplayMode.List, placement: "bottom", calcs: [], showLegend: true };

/** The panel's frames, drawn by the component that Grafana itself draws them with. */
export function Visualization({ panel, frames, range, theme, width, height }) {
  const fieldConfig = { defaults: panel.fieldConfig.defaults, overrides: [] };
  const data = applyFieldOverrides({ data: frames, fieldConfig, replaceVariables, theme, timeZone: "utc" });
  const size = { width, height };
  if (panel.type === "stat") {
    const reduceOptions = { values: false, calcs: ["lastNotNull"] };
    const [shown] = getFieldDisplayValues({ fieldConfig, reduceOptions, data, replaceVariables, theme, timeZone: "utc" });
    const modes = { colorMode: BigValueColorMode.Value, graphMode: BigValueGraphMode.None };
    return <BigValue {...size} {...modes} theme={theme} value={shown.display} />;
  }
  if (panel.type === "table") return <TableNG {...size} data={data[0]} structureRev={1} />;
  const times = { from: dateTime(range.from), to: dateTime(range.to) };
  const drawn = data.filter((frame) => frame.fields.some((field) => field.type === FieldType.time));
  return (
    <TimeSeries {...size} frames={drawn} timeZone="utc" legend={LEGEND} timeRange={{ ...times, raw: times }} />
  );
}
