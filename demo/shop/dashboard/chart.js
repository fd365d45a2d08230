// A time chart on a canvas: lines, a filled first line, marks for changes.

import { UNITS, clock, ticks } from "./units.js";

const FONT = '11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const EDGE = { left: 44, right: 8, top: 24, bottom: 20 };
const TIME_STEPS = [15, 30, 60, 120, 300, 600].map((seconds) => seconds * 1000);

// Sizes the canvas to its box in device pixels, so that lines are sharp on every screen.
export function surface(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = FONT;
  return { pen, width, height };
}

export function drawChart(canvas, { lines, unit: unitName, floor, range, changes }) {
  const { pen, width, height } = surface(canvas);
  const plot = { x: EDGE.left, y: EDGE.top, w: width - EDGE.left - EDGE.right, h: height - EDGE.top - EDGE.bottom };
  const greatest = Math.max(floor, ...lines.flatMap((line) => line.values.map(([, value]) => value)));
  const unit = UNITS[unitName](greatest);
  const marks = ticks(greatest * unit.scale, 4);
  const top = marks.at(-1).value;
  const x = (time) => plot.x + ((time - range.from) / (range.to - range.from)) * plot.w;
  const y = (value) => plot.y + plot.h - ((value * unit.scale) / top) * plot.h;
  drawAxes(pen, plot, marks, top, unit, range, x);
  pen.save();
  pen.beginPath();
  pen.rect(plot.x, plot.y - 2, plot.w, plot.h + 4);
  pen.clip();
  for (const change of changes) drawChange(pen, plot, x(change.time), change);
  lines.forEach((line, index) => drawLine(pen, line, x, y, index === 0 ? plot : null));
  pen.restore();
}

function drawAxes(pen, plot, marks, top, unit, range, x) {
  pen.fillStyle = "#9aa7bd";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.fillText(unit.label, 0, 7);
  pen.textAlign = "right";
  pen.lineWidth = 1;
  for (const mark of marks) {
    const level = Math.round(plot.y + plot.h - (mark.value / top) * plot.h) + 0.5;
    pen.strokeStyle = mark.value === 0 ? "#3a475e" : "#202a3b";
    stroke(pen, [[plot.x, level], [plot.x + plot.w, level]]);
    pen.fillText(mark.text, plot.x - 7, level);
  }
  const span = range.to - range.from;
  const step = TIME_STEPS.find((each) => (span / each) * 54 <= plot.w) ?? Math.ceil(span / 4 / 600000) * 600000;
  pen.textAlign = "center";
  for (let time = Math.ceil(range.from / step) * step; time <= range.to; time += step) {
    const at = Math.round(x(time)) + 0.5;
    pen.strokeStyle = "#3a475e";
    stroke(pen, [[at, plot.y + plot.h], [at, plot.y + plot.h + 4]]);
    const text = clock(time, step % 60000 !== 0);
    const half = pen.measureText(text).width / 2;
    if (at - half >= plot.x - 14 && at + half <= plot.x + plot.w + EDGE.right) pen.fillText(text, at, plot.y + plot.h + 12);
  }
}

function drawLine(pen, { values, color, step, dashed }, x, y, fillOver) {
  for (const run of unbroken(values, step)) {
    const points = run.map(([time, value]) => [x(time * 1000), y(value)]);
    if (fillOver && !dashed) {
      pen.fillStyle = `${color}22`;
      pen.beginPath();
      pen.moveTo(points[0][0], fillOver.y + fillOver.h);
      for (const point of points) pen.lineTo(...point);
      pen.lineTo(points.at(-1)[0], fillOver.y + fillOver.h);
      pen.fill();
    }
    pen.strokeStyle = color;
    pen.lineWidth = dashed ? 1 : 1.75;
    pen.lineJoin = "round";
    pen.setLineDash(dashed ? [5, 4] : []);
    stroke(pen, points);
    pen.setLineDash([]);
  }
}

// A gap of more than two steps is shown as a gap, not bridged by a line nobody measured.
function unbroken(values, step) {
  const runs = [];
  let last = -Infinity;
  for (const point of values) {
    if (point[0] - last > 2.5 * step) runs.push([]);
    runs.at(-1).push(point);
    last = point[0];
  }
  return runs;
}

function drawChange(pen, plot, at, { color }) {
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.lineWidth = 1.25;
  pen.setLineDash([3, 3]);
  stroke(pen, [[at, plot.y], [at, plot.y + plot.h]]);
  pen.setLineDash([]);
  pen.beginPath();
  pen.moveTo(at - 4, plot.y - 2);
  pen.lineTo(at + 4, plot.y - 2);
  pen.lineTo(at, plot.y + 5);
  pen.fill();
}

function stroke(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}
