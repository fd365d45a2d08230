// Boxes and arrows: who calls whom, and what runs there.

import { surface } from "./chart.js";

const BOX = { width: 190, height: 64 };

export function drawTopology(canvas, { services, dependencies }, states) {
  const { pen, width, height } = surface(canvas);
  const gap = Math.min(180, (width - services.length * BOX.width) / Math.max(1, services.length - 1));
  const left = (width - services.length * BOX.width - (services.length - 1) * gap) / 2;
  const y = (height - BOX.height) / 2;
  const x = new Map(services.map((name, index) => [name, left + index * (BOX.width + gap)]));
  for (const { from, to } of dependencies) drawArrow(pen, x.get(from) + BOX.width, x.get(to), y + BOX.height / 2);
  for (const name of services) drawBox(pen, x.get(name), y, name, states.find((state) => state.service === name));
}

function drawBox(pen, x, y, name, state) {
  pen.beginPath();
  pen.roundRect(x + 0.5, y + 0.5, BOX.width, BOX.height, 8);
  pen.fillStyle = "#1a2740";
  pen.fill();
  pen.strokeStyle = "#40679e";
  pen.lineWidth = 1.25;
  pen.stroke();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = "#e6ebf4";
  const font = pen.font;
  pen.font = font.replace("11px", "600 15px");
  pen.fillText(name, x + BOX.width / 2, y + 23);
  pen.font = font.replace("11px", "12px");
  pen.fillStyle = "#9aa7bd";
  if (state) pen.fillText(`${state.version} · ${state.replicas} ${state.replicas === 1 ? "replica" : "replicas"}`, x + BOX.width / 2, y + 45);
  pen.font = font;
}

function drawArrow(pen, from, to, y) {
  pen.strokeStyle = "#7d8ca6";
  pen.fillStyle = "#7d8ca6";
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(from + 8, y);
  pen.lineTo(to - 14, y);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(to - 6, y);
  pen.lineTo(to - 16, y - 5);
  pen.lineTo(to - 16, y + 5);
  pen.fill();
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  pen.fillStyle = "#9aa7bd";
  pen.fillText("calls", (from + to) / 2, y - 5);
}
