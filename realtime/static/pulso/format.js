/** How is a value written for a reader in Ecuador? */

const LOCALE = "es-EC";
export const MISSING = "—";

const NUMBER = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const MONEY = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD" });
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { day: "numeric", month: "short" };

export class Formatter {
  #labels;
  #writers;

  /** Moments are shown in the negocio's time zone; in the browser's where that doesn't know it. */
  constructor(timeZone, labels = {}) {
    this.#labels = labels;
    const at = (options) => dateFormat(options, timeZone);
    const clock = at(CLOCK);
    const seconds = at({ ...CLOCK, second: "2-digit" });
    const moment = at({ ...DAY, ...CLOCK });
    const day = at(DAY);
    const isToday = (value) => day.format(new Date(value)) === day.format(Date.now());
    // A plain date has no zone: it is read and written as if it were UTC.
    const date = dateFormat({ weekday: "short", ...DAY }, "UTC");
    this.#writers = {
      text: String,
      number: (value) => NUMBER.format(value),
      money: (value) => MONEY.format(value),
      // Of what has no price yet, systems write 0.
      price: (value) => (value ? MONEY.format(value) : MISSING),
      moment: (value) => moment.format(new Date(value)),
      // Today's moments by the clock alone.
      clock: (value) => (isToday(value) ? clock : moment).format(new Date(value)),
      seconds: (value) => (isToday(value) ? seconds : moment).format(new Date(value)),
      date: (value) => date.format(new Date(value)).replace(",", ""),
      hour: (value) => `${value}:00`,
      // "09:30:00", a time of day
      time: (value) => String(value).slice(0, 5),
    };
  }

  /** The value as text; an em dash where there is none. */
  write(value, format = "text") {
    if (value === null || value === undefined || value === "") return MISSING;
    return this.#writers[format](value);
  }

  /** What the value of a choice field (`cita.estado`) is called. */
  label(field, value) {
    return this.#labels[field]?.[value] ?? this.write(value);
  }
}

function dateFormat(options, timeZone) {
  try {
    return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat(LOCALE, options);
  }
}
