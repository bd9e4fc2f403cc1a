/** With which token does the page speak to the socket? A short-lived one, asked for with the session's cookie. */

/** Nobody is logged in any more, or holds nothing: asking again can't help. */
export class SessionOver extends Error {}

// A token that ends sooner isn't worth opening a socket with. Milliseconds.
const SPARE = 60_000;
const ANSWER_WITHIN = 10_000;

export class Tokens {
  #url;
  #token = null;
  #ends = 0;

  constructor(url) {
    this.#url = url;
  }

  /** A token that is good for a while; rejects with SessionOver, or with what the network said. */
  async get() {
    if (this.#token === null || this.#ends - Date.now() < SPARE) await this.#ask();
    return this.#token;
  }

  /** Milliseconds until the token should be renewed. */
  renewIn() {
    return Math.max(this.#ends - Date.now() - SPARE, 1_000);
  }

  /** The token was refused, or a new one is wanted. */
  drop() {
    this.#token = null;
  }

  async #ask() {
    const asked = Date.now();
    const answer = await fetch(this.#url, {
      method: "POST",
      headers: { "X-CSRFToken": csrf() },
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    if (answer.status === 401 || answer.status === 403) throw new SessionOver();
    if (!answer.ok) throw new Error(`token: ${answer.status}`);
    const { token, expires_in } = await answer.json();
    this.#token = token;
    this.#ends = asked + expires_in * 1_000;
  }
}

/** Out of the cookie, not the page: a login in another tab changes it. */
function csrf() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
}
