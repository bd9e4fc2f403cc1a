/** What may the page claim about its figures? It says "En vivo" only while that is true. */

const EVERY = 1_000; // ms; staleness comes by itself

const TEXTS = {
  connecting: () => "Conectando…",
  live: () => "En vivo",
  stale: (since) => `Sin datos nuevos desde ${since}`,
  reconnecting: () => "Reconectando…",
  session: () => "La sesión terminó: vuelva a entrar",
  forbidden: () => "Ya no tiene acceso a estos datos",
  crowded: () => "Demasiadas ventanas abiertas: cierre alguna y recargue",
};

/** The claim: a phase of the connection, or `stale` where it is open but what was promised stays away. */
export function claim(phase, freshness) {
  return phase === "live" && freshness.isStale() ? "stale" : phase;
}

export class Indicator {
  #element;
  #text;
  #time;
  #freshness;
  #format;
  #phase = "connecting";

  constructor(element, freshness, format) {
    this.#element = element;
    this.#text = element.querySelector("[data-indicator-text]");
    this.#time = element.querySelector("time");
    this.#freshness = freshness;
    this.#format = format;
    setInterval(() => this.show(), EVERY);
  }

  phaseIs(phase) {
    this.#phase = phase;
    this.show();
  }

  show() {
    const state = claim(this.#phase, this.#freshness);
    const asOf = this.#freshness.asOf();
    this.#element.dataset.indicator = state;
    this.#write(this.#text, TEXTS[state](asOf === null ? "el inicio" : this.#format.write(asOf, "clock")));
    this.#write(this.#time, asOf === null ? "" : `Último dato: ${this.#format.write(asOf, "seconds")}`);
    if (asOf !== null) this.#time.dateTime = new Date(asOf).toISOString();
  }

  /** Only what is new: a screen reader reads every write aloud. */
  #write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}
