/** Which figures does the page hold? Merged metric by metric; the latest version wins, another epoch replaces. */

export class Store {
  #epoch = null;
  #versions = new Map();
  #values = new Map();

  get(metric) {
    return this.#values.get(metric);
  }

  /**
   * Take a state frame. Answers `{changed, older}`: the metrics whose value is another now; and whether the frame is
   * older than what is held, so that nothing was taken. A `trusted` frame is taken whatever its version.
   */
  merge({ data, version }, epoch, trusted = false) {
    if (trusted || epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#versions.clear();
    }
    const metrics = Object.keys(data);
    if (metrics.some((metric) => version < this.#versions.get(metric))) return { changed: [], older: true };
    const changed = metrics.filter((metric) => !same(this.#values.get(metric), data[metric]));
    for (const metric of metrics) {
      this.#versions.set(metric, version);
      this.#values.set(metric, data[metric]);
    }
    return { changed, older: false };
  }
}

/** Are two JSON values equal? The server writes the keys of a metric in one order. */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
