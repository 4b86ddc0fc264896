// The session: who this tab is. It lives in sessionStorage, so a reload keeps it and
// another tab may be another person.
import { newId } from "./id.js";

const stored = "boochat.session";
const farewell = "boochat.farewell";
const lockWithin = 1_000; // milliseconds

export class Session {
  #storage;
  #value;

  // onRenewed is called when there is a new access token.
  onRenewed = () => {};
  // onEnded is called when nobody is signed in any more.
  onEnded = () => {};

  constructor(storage = sessionStorage) {
    this.#storage = storage;
    this.#value = JSON.parse(storage.getItem(stored));
  }

  get user() {
    return this.#value?.user;
  }
  get accessToken() {
    return this.#value?.accessToken;
  }
  get accessTokenExpiresAt() {
    return this.#value && new Date(this.#value.accessTokenExpiresAt);
  }
  // firebaseToken signs in to Firebase, where the server has one.
  get firebaseToken() {
    return this.#value?.firebaseToken;
  }
  get refreshToken() {
    return this.#value?.refreshToken;
  }
  // refreshKey is the idempotency key for using up the refresh token. It is kept with
  // the token: if the answer is lost, even by a reload, asking again gives it again.
  get refreshKey() {
    return this.#value?.refreshKey;
  }

  // begin takes the answer of authenticate or refresh.
  begin({ user, accessToken, accessTokenExpiresAt, refreshToken, firebaseToken }) {
    const tab = this.#value?.tab ?? newId();
    this.#save({ tab, user, accessToken, accessTokenExpiresAt, refreshToken, firebaseToken, refreshKey: newId() });
    this.onRenewed();
  }

  // isCopy tells whether another tab has this session. Browsers copy sessionStorage
  // into a duplicated tab, and a refresh token used by two revokes the session of both.
  // So the first tab holds a lock as long as it lives; the wait is for a tab that is
  // just being left by a reload. (Without https or localhost there are no locks.)
  isCopy() {
    if (!navigator.locks) return Promise.resolve(false);
    const signal = AbortSignal.timeout(lockWithin);
    return new Promise((resolve) => {
      const hold = () => {
        resolve(false);
        return new Promise(() => {});
      };
      navigator.locks.request(`boochat.tab.${this.#value.tab}`, { signal }, hold).catch(() => resolve(true));
    });
  }

  // end signs this tab out and leaves words for whoever sees it next.
  end(words) {
    this.#value = null;
    this.#storage.removeItem(stored);
    this.#storage.setItem(farewell, words);
    this.onEnded();
  }

  // takeFarewell gives the words of end, once.
  takeFarewell() {
    const words = this.#storage.getItem(farewell) ?? "";
    this.#storage.removeItem(farewell);
    return words;
  }

  #save(value) {
    this.#value = value;
    this.#storage.setItem(stored, JSON.stringify(value));
  }
}
