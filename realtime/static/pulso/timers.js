/** What is to happen later? Named timers, so that a new one takes the place of the old. */

export class Timers {
  #pending = new Map();

  after(name, milliseconds, work) {
    this.clear(name);
    this.#pending.set(name, setTimeout(() => {
      this.#pending.delete(name);
      work();
    }, milliseconds));
  }

  has(name) {
    return this.#pending.has(name);
  }

  clear(name) {
    clearTimeout(this.#pending.get(name));
    this.#pending.delete(name);
  }

  clearAll() {
    for (const name of [...this.#pending.keys()]) this.clear(name);
  }
}
