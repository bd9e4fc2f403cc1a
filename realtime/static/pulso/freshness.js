/** How old are the figures, and should newer ones be here by now? */

// A tick may be late by so much before it counts as missing. Milliseconds.
export const MARGIN = 3_000;

export class Freshness {
  #rooms = new Map(); // room -> {asOf, nextDue}, milliseconds of the server's clock
  #ahead = null;

  /** A state frame came. */
  heard({ room, as_of, next_due }) {
    this.#rooms.set(room, { asOf: Date.parse(as_of), nextDue: next_due === null ? Infinity : Date.parse(next_due) });
  }

  /** The server's clock is so many milliseconds ahead of ours. */
  clockIs(ahead) {
    this.#ahead = ahead;
  }

  /** The moment that the oldest figures on the page are from; null while there are none. */
  asOf() {
    const moments = [...this.#rooms.values()].map((room) => room.asOf).filter(Number.isFinite);
    return moments.length ? Math.min(...moments) : null;
  }

  /** Has a promised state stayed away? Not known before the server's clock is. */
  isStale(now = Date.now()) {
    if (this.#ahead === null) return false;
    return [...this.#rooms.values()].some((room) => now + this.#ahead > room.nextDue + MARGIN);
  }
}
