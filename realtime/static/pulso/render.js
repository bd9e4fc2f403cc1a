/**
 * Where on the page does a figure stand? Elements say so by attributes, as `metric.field` paths:
 *
 * - `data-metric` (`data-format`): the figure as text; it flashes when it changes
 * - `data-list` (`data-key`): one copy of the `<template>` inside per entry, in which `data-field` (`data-format`,
 *   `data-labels`, `data-tones`) is a field of the entry as text
 * - `data-chart`: see chart.js
 * - `data-empty`: shown while that list has no entries
 *
 * Values become text, never markup.
 */

import { Chart } from "./chart.js";
import { MISSING } from "./format.js";
import { reconcile } from "./reconcile.js";

export class Rendering {
  #store;
  #bindings = new Map(); // metric -> [function of the value at the path]

  constructor(root, store, format) {
    this.#store = store;
    this.#bind(root, "metric", (element) => showFigure(element, format));
    this.#bind(root, "list", (element) => showList(element, format));
    this.#bind(root, "chart", (element) => showChart(element, format));
    this.#bind(root, "empty", (element) => (entries) => (element.hidden = Boolean(entries?.length)));
  }

  /** Show these metrics as they are now. */
  update(metrics) {
    for (const metric of metrics) {
      for (const show of this.#bindings.get(metric) ?? []) show();
    }
  }

  #bind(root, attribute, makeShow) {
    for (const element of root.querySelectorAll(`[data-${attribute}]`)) {
      const [metric, ...fields] = element.dataset[attribute].split(".");
      const show = makeShow(element);
      const bindings = this.#bindings.get(metric) ?? [];
      this.#bindings.set(metric, bindings);
      bindings.push(() => show(fields.reduce((value, field) => value?.[field], this.#store.get(metric))));
    }
  }
}

/** Draw the eye to what has changed; how, and whether at all, the stylesheet says. */
function flash(element) {
  element.classList.remove("fresh");
  void element.offsetWidth; // so that the animation begins anew
  element.classList.add("fresh");
}

function showFigure(element, format) {
  return (value) => {
    const text = format.write(value, element.dataset.format ?? "number");
    if (element.textContent === text) return;
    element.textContent = text;
    flash(element);
  };
}

function showList(element, format) {
  const template = element.querySelector("template");
  const key = element.dataset.key;
  let first = true;
  const body = template.parentNode;
  template.remove();
  return (entries) => {
    const keyOf = key ? (entry) => entry[key] : (_, index) => index;
    const create = () => template.content.firstElementChild.cloneNode(true);
    reconcile(body, entries ?? [], keyOf, create, (row, entry, isNew) => {
      for (const field of row.querySelectorAll("[data-field]")) showField(field, entry[field.dataset.field], format);
      if (isNew && !first) flash(row);
    });
    first = false;
  };
}

function showField(element, value, format) {
  const { labels, tones } = element.dataset;
  const text = labels ? format.label(labels, value) : format.write(value, element.dataset.format);
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("missing", text === MISSING);
  if (tones) element.dataset.tone = toneOf(tones, value);
}

function showChart(element, format) {
  const { x, y, labels, format: written, tones } = element.dataset;
  const chart = new Chart(element);
  return (entries) =>
    chart.show(
      (entries ?? []).map((entry) => ({
        label: labels ? format.label(labels, entry[x]) : format.write(entry[x], written),
        value: entry[y],
        text: format.write(entry[y], "number"),
        tone: tones ? toneOf(tones, entry[x]) : "",
      })),
    );
}

/** `"pendiente:waiting cancelada:bad"` says of which tone a value is. */
function toneOf(tones, value) {
  const pair = tones.split(" ").find((word) => word.startsWith(`${value}:`));
  return pair ? pair.slice(String(value).length + 1) : "";
}
