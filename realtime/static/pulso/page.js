/** What does a live page do? Shows the snapshot it came with, then whatever the socket brings. */

import { Connection } from "./connection.js";
import { Formatter } from "./format.js";
import { Freshness } from "./freshness.js";
import { Indicator } from "./indicator.js";
import { Rendering } from "./render.js";
import { Store } from "./state.js";
import { Tokens } from "./tokens.js";

const config = JSON.parse(document.getElementById("config").textContent);
const format = new Formatter(config.timeZone, config.labels);
const store = new Store();
const freshness = new Freshness();
const rendering = new Rendering(document, store, format);
const indicator = new Indicator(document.querySelector("[data-indicator]"), freshness, format);

function take(frame, epoch, trusted = false) {
  const { changed, older } = store.merge(frame, epoch, trusted);
  if (!older) {
    freshness.heard(frame);
    rendering.update(changed);
  }
  indicator.show();
  return !older;
}

// Without an epoch: whatever the socket says first replaces it.
for (const state of config.states) take(state, null);

const connection = new Connection({
  url: location.origin.replace(/^http/, "ws") + "/ws/native",
  negocio: config.negocio,
  topics: config.topics,
  tokens: new Tokens(config.tokenUrl),
  onPhase: (phase) => indicator.phaseIs(phase),
  onClock: (ahead) => freshness.clockIs(ahead),
  onState: take,
});
connection.start();

window.addEventListener("online", () => connection.wake());
window.addEventListener("offline", () => connection.wake());
document.addEventListener("visibilitychange", () => document.hidden || connection.wake());
// A page kept for the back button holds no socket.
window.addEventListener("pagehide", () => connection.stop());
window.addEventListener("pageshow", (event) => event.persisted && connection.start());
