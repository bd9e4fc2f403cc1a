/** How does the page stay connected? One socket of the dialect `native` (docs/wire.md): opened, watched, opened again. */

import { afterClose, pauseAfter } from "./closing.js";
import { Timers } from "./timers.js";
import { SessionOver } from "./tokens.js";

// Milliseconds.
const CONNECT_WITHIN = 10_000; // from the upgrade to the first states
const PING_EVERY = 15_000;
const PONG_WITHIN = 5_000;
const PROBE_WITHIN = 3_000; // when there is reason to doubt: the network changed, the page was asleep
const STEADY = 10_000; // a connection that lasted so long was a good one
const ASK_AGAIN = 1_000;

/**
 * Keeps the topics of one negocio subscribed.
 *
 * Phases: `connecting` (the first time), `live` (every topic's state is here), `reconnecting`; and for good `session`,
 * `forbidden`, `crowded`. `onState(frame, epoch, trusted)` answers false for a frame that is older than what is held:
 * a reconnect met a process that lags behind, or the database was restored. The room is then asked once more, and
 * what it says is to be trusted. `onClock(ms)` says how far the server's clock is ahead of ours.
 */
export class Connection {
  #options;
  #timers = new Timers();
  #socket = null;
  #handlers = {
    authenticated: (frame) => this.#authenticated(frame),
    subscribed: (frame) => this.#epochs.set(frame.room, frame.epoch),
    state: (frame) => this.#state(frame),
    pong: (frame) => this.#pong(frame),
    error: (frame) => this.#refused(frame),
  };
  #running = false;
  #attempt = 0;
  #failures = 0;
  #openedAt = 0;
  #awaited = new Set();
  #doubted = new Set();
  #epochs = new Map();

  constructor(options) {
    this.#options = options;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#failures = 0;
    this.#phase("connecting");
    this.#open();
  }

  stop() {
    this.#running = false;
    this.#abandon();
  }

  /** There is reason to look now: try at once if we wait, ask for a sign of life if we think we're connected. */
  wake() {
    if (!this.#running) return;
    if (this.#timers.has("retry")) this.#open();
    else if (this.#socket?.readyState === WebSocket.OPEN) this.#ping(PROBE_WITHIN);
  }

  // -- Opening ---------------------------------------------------------------------------------------

  async #open() {
    this.#abandon();
    const attempt = this.#attempt;
    this.#timers.after("silence", CONNECT_WITHIN, () => this.#lost());
    let token;
    try {
      token = await this.#options.tokens.get();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof SessionOver) this.#end("session");
      else this.#lost();
      return;
    }
    if (attempt !== this.#attempt) return;
    this.#awaited = new Set(this.#options.topics);
    const socket = (this.#socket = new WebSocket(this.#options.url));
    this.#openedAt = Date.now();
    socket.onopen = () => this.#send("auth", { token });
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #authenticated({ negocios }) {
    if (!negocios.includes(this.#options.negocio)) return this.#end("forbidden");
    this.#timers.after("renew", this.#options.tokens.renewIn(), () => this.#renew());
    // After a renewal too: what this user may no longer read, the server refuses now.
    for (const topic of this.#options.topics) this.#subscribe(topic);
    this.#ping(PONG_WITHIN);
  }

  #subscribe(topic) {
    this.#send("subscribe", { id: topic, negocio: this.#options.negocio, topic });
  }

  async #renew() {
    const attempt = this.#attempt;
    const { tokens } = this.#options;
    tokens.drop();
    try {
      const token = await tokens.get();
      if (attempt === this.#attempt) this.#send("auth", { token });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof SessionOver) this.#end("session");
      else this.#timers.after("renew", PING_EVERY, () => this.#renew());
    }
  }

  // -- Frames ----------------------------------------------------------------------------------------

  #send(type, fields) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ v: 1, type, ...fields }));
  }

  #received(text) {
    const frame = JSON.parse(text);
    this.#handlers[frame.type]?.(frame);
  }

  #state(frame) {
    const topic = frame.room.slice(this.#options.negocio.length + 1);
    const trusted = frame.full && this.#doubted.delete(topic);
    if (!this.#options.onState(frame, this.#epochs.get(frame.room), trusted)) this.#doubt(topic);
    if (!this.#awaited.delete(topic) || this.#awaited.size) return;
    this.#timers.clear("silence");
    this.#phase("live");
  }

  #doubt(topic) {
    this.#timers.after(`again ${topic}`, ASK_AGAIN, () => {
      this.#doubted.add(topic);
      this.#subscribe(topic);
    });
  }

  #refused({ id, code, reason, retry }) {
    if (retry && this.#options.topics.includes(id)) {
      this.#timers.after(`again ${id}`, ASK_AGAIN, () => this.#subscribe(id));
      return;
    }
    console.warn(`pulso: ${reason} (${code})`);
    this.#closed(code);
  }

  // -- Signs of life ---------------------------------------------------------------------------------

  /** A browser doesn't say that the network is gone; an answer that stays away does. */
  #ping(within) {
    this.#send("ping", { id: Date.now() });
    this.#timers.after("pong", within, () => this.#lost());
    this.#timers.after("ping", PING_EVERY, () => this.#ping(PONG_WITHIN));
  }

  #pong({ id: sent, now }) {
    this.#timers.clear("pong");
    this.#options.onClock(Date.parse(now) - (sent + Date.now()) / 2);
  }

  // -- Endings ---------------------------------------------------------------------------------------

  #closed(code) {
    const { again, renew, stop } = afterClose(code);
    if (!again) return this.#end(stop);
    if (renew) this.#options.tokens.drop();
    this.#lost();
  }

  #lost() {
    if (this.#openedAt && Date.now() - this.#openedAt > STEADY) this.#failures = 0;
    this.#abandon();
    this.#phase("reconnecting");
    this.#timers.after("retry", pauseAfter(this.#failures++), () => this.#open());
  }

  #end(phase) {
    this.stop();
    this.#phase(phase);
  }

  /** Forget the socket: a dead peer never answers a close, so nothing waits for it. */
  #abandon() {
    this.#attempt += 1;
    this.#timers.clearAll();
    this.#epochs.clear();
    this.#doubted.clear();
    this.#openedAt = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #phase(phase) {
    this.#options.onPhase(phase);
  }
}
