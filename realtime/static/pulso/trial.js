/** Do notifications arrive? Connects as a tourism page does, sends one as a back-end does, shows what comes. */

import { Tokens } from "./tokens.js";

const MOST_FRAMES = 50;
const panel = document.querySelector("[data-trial]");
const status = panel.querySelector("[data-status]");
const answer = panel.querySelector("[data-answer]");
const frames = panel.querySelector("[data-frames]");
const tokens = panel.dataset.tokenUrl ? new Tokens(panel.dataset.tokenUrl) : null;
let socket = null;

/** What was typed, else the session's token, else none. */
async function token(typed) {
  if (typed) return typed;
  return tokens ? await tokens.get().catch(() => "") : "";
}

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  frames.prepend(line);
  if (frames.children.length > MOST_FRAMES) frames.lastChild.remove();
}

async function connect(form) {
  socket?.close();
  status.textContent = "Conectando…";
  const held = await token(form.token.value.trim());
  const query = held ? `?token=${encodeURIComponent(held)}` : "";
  const opened = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/tourism${query}`);
  socket = opened;
  const say = (text) => {
    if (socket === opened) status.textContent = text;
  };
  opened.onopen = () => say("Conectado");
  opened.onmessage = (event) => show(event.data);
  opened.onclose = (event) => say(event.code === 4401 ? "Cerrado: falta un token válido" : `Cerrado (${event.code})`);
}

async function send(form) {
  const headers = { "Content-Type": "application/json" };
  const key = form.key.value.trim();
  const held = key ? "" : await token("");
  if (key) headers["X-API-Key"] = key;
  if (held) headers.Authorization = `Bearer ${held}`;
  const body = JSON.stringify({ type: form.type.value, message: form.message.value });
  const response = await fetch("/notify", { method: "POST", headers, body, credentials: "omit" });
  answer.textContent = `${response.status}: ${(await response.text()).slice(0, 200)}`;
}

function on(selector, work, output) {
  panel.querySelector(selector).addEventListener("submit", (event) => {
    event.preventDefault();
    work(event.target.elements).catch((error) => {
      output.textContent = String(error);
    });
  });
}

on("[data-connect]", connect, status);
on("[data-send]", send, answer);
