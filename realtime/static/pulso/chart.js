/**
 * How do a few counts look side by side? Bars in SVG, and their numbers as text for who can't see them.
 *
 * `data-chart-kind="columns"`: upright bars, for an order such as hours; else `"rows"`: lying ones with room for names.
 */

import { reconcile } from "./reconcile.js";

const SVG = "http://www.w3.org/2000/svg";
// Pixels; `gap` is the part of a column's width that stays free.
const COLUMNS = { low: 200, high: 280, roomy: 520, top: 22, bottom: 24, gap: 0.28, widest: 56, labelWidth: 40 };
const ROWS = { height: 40, text: 14, bar: 8, barTop: 22 };

let charts = 0;

export class Chart {
  #element;
  #svg;
  #title;
  #description;
  #bars;
  #points = [];
  #draw;

  /** Fills `element`; its `data-chart-title` is the name that a screen reader says. */
  constructor(element) {
    this.#element = element;
    this.#draw = element.dataset.chartKind === "columns" ? drawColumns : drawRows;
    const id = `chart-${++charts}`;
    this.#svg = svg("svg", { role: "img", "aria-labelledby": `${id}-title ${id}-text`, class: "chart-picture" });
    this.#title = svg("title", { id: `${id}-title` });
    this.#title.textContent = element.dataset.chartTitle;
    this.#description = svg("desc", { id: `${id}-text` });
    this.#bars = svg("g", {});
    this.#svg.append(this.#title, this.#description, this.#bars);
    element.append(this.#svg);
    new ResizeObserver(() => this.#paint()).observe(element);
  }

  /** Show points `{label, value, text, tone}`. */
  show(points) {
    this.#points = points;
    this.#description.textContent = points.map(({ label, text }) => `${label}: ${text}`).join("; ");
    this.#svg.classList.toggle("chart-none", points.length === 0);
    this.#paint();
  }

  #paint() {
    const width = this.#element.clientWidth;
    if (width === 0) return;
    const height = this.#draw(this.#bars, this.#points, width);
    set(this.#svg, { width, height, viewBox: `0 0 ${width} ${height}` });
  }
}

function drawColumns(parent, points, width) {
  const { low, high, roomy, top, bottom, gap, widest, labelWidth } = COLUMNS;
  const height = width < roomy ? low : high;
  const most = Math.max(1, ...points.map(({ value }) => value));
  const step = width / Math.max(points.length, 1);
  const bar = Math.min(step * (1 - gap), widest);
  const labelEvery = Math.max(1, Math.ceil(labelWidth / step));
  const room = height - top - bottom;
  draw(parent, points, (point, index) => {
    const tall = (room * point.value) / most;
    const middle = step * (index + 0.5);
    return {
      rect: { x: middle - bar / 2, y: top + room - tall, width: bar, height: tall, rx: Math.min(4, bar / 2) },
      label: { x: middle, y: height - 6, "text-anchor": "middle", text: index % labelEvery ? "" : point.label },
      value: { x: middle, y: top + room - tall - 6, "text-anchor": "middle", text: point.value ? point.text : "" },
    };
  });
  return height;
}

function drawRows(parent, points, width) {
  const { height, text, bar, barTop } = ROWS;
  const most = Math.max(1, ...points.map(({ value }) => value));
  draw(parent, points, (point, index) => {
    const y = index * height;
    const long = (width * point.value) / most;
    return {
      rect: { x: 0, y: y + barTop, width: point.value ? Math.max(long, bar) : 0, height: bar, rx: bar / 2 },
      track: { x: 0, y: y + barTop, width, height: bar, rx: bar / 2 },
      label: { x: 0, y: y + text, "text-anchor": "start", text: point.label },
      value: { x: width, y: y + text, "text-anchor": "end", text: point.text },
    };
  });
  return points.length * height;
}

/** One group a point; `place(point, index)` says where its parts stand. */
function draw(parent, points, place) {
  const places = points.map(place);
  const create = () => {
    const group = svg("g", { class: "chart-point" });
    group.append(
      svg("rect", { class: "chart-track" }),
      svg("rect", { class: "chart-bar" }),
      svg("text", { class: "chart-label" }),
      svg("text", { class: "chart-value" }),
    );
    return group;
  };
  reconcile(parent, [...points.entries()], ([, point]) => point.label, create, (group, [index, point]) => {
    const [track, bar, label, value] = group.children;
    const { rect, track: behind = { width: 0, height: 0 }, ...texts } = places[index];
    set(track, behind);
    set(bar, rect);
    bar.dataset.tone = point.tone;
    write(label, texts.label);
    write(value, texts.value);
  });
}

function write(element, { text, ...attributes }) {
  set(element, attributes);
  if (element.textContent !== text) element.textContent = text;
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
