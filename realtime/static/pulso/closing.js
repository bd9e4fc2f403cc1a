/** What does a closed socket ask of us? The ranges of docs/error-codes.md. */

const RENEW = new Set([4101, 4401]);
const FORBIDDEN = 4103;
const TOO_MANY = 4109;

/** `{again, renew}`: connect again, with a new token or not; or `{stop}`: the phase to end in. */
export function afterClose(code) {
  if (RENEW.has(code)) return { again: true, renew: true };
  if (code === FORBIDDEN) return { again: false, stop: "forbidden" };
  if (code === TOO_MANY) return { again: false, stop: "crowded" };
  // 1001, 1006, 1011-1013, 4000-4099, and whatever a later server says: the page can only try.
  return { again: true, renew: false };
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** Milliseconds to wait before the next attempt, after `failures` in a row; between half and all of a doubling span. */
export function pauseAfter(failures, random = Math.random) {
  const span = Math.min(FIRST_PAUSE * 2 ** Math.min(failures, 10), LONGEST_PAUSE);
  return span * (0.5 + random() / 2);
}
