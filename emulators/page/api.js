// The HTTP side of the contract: commands, queries, tokens, problems.
import { newId } from "./id.js";

const answerWithin = 20_000; // milliseconds until a request counts as lost

const unreachable = {
  status: 0,
  code: "unreachable",
  detail: "Boochat cannot be reached. Check the connection and try again.",
};
const unreadable = {
  code: "internal",
  detail: "The server gave an answer this page does not understand. Please try again.",
};

// Problem is a refusal or failure, in words for the person at the page (RFC 9457).
export class Problem extends Error {
  constructor({ status, code, rule, detail, title, errors = [] }, retryAfter = 0) {
    const fields = errors.map((error) => error.detail).filter((words) => words && words !== detail);
    super([detail ?? title, ...fields].join(" "));
    this.status = status;
    this.code = code;
    this.rule = rule; // the name of the rule that was violated, if one was
    this.fields = errors.map((error) => error.field);
    this.retryAfter = retryAfter; // seconds
  }

  // temporary problems may be gone when the same is asked again.
  get temporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  #session;
  #fetch;
  #unanswered = new Map(); // command and body -> idempotency key
  #refreshing;

  constructor(session, fetch = globalThis.fetch.bind(globalThis)) {
    this.#session = session;
    this.#fetch = fetch;
  }

  // query asks for `GET /v1/{path}`.
  query(path) {
    return this.#authorized(`/v1/${path}`);
  }

  // send does `POST /v1/{name}` under an idempotency key of the caller's.
  send(name, body, key) {
    return this.#authorized(`/v1/${name}`, { body, key });
  }

  // command is send under a key that lasts until there is an answer: whoever presses
  // the button again after a lost connection repeats the command, not does it twice.
  async command(name, body = {}) {
    const what = name + JSON.stringify(body);
    const key = this.#unanswered.get(what) ?? newId();
    this.#unanswered.set(what, key);
    try {
      const answer = await this.send(name, body, key);
      this.#unanswered.delete(what);
      return answer;
    } catch (problem) {
      if (!problem.temporary) this.#unanswered.delete(what);
      throw problem;
    }
  }

  // localPeople are those the local identity provider offers to be.
  localPeople() {
    return this.#call("/local/identity/people");
  }

  // localClient says how this page is to listen for changes (listening.js).
  localClient() {
    return this.#call("/local/client.json");
  }

  // signIn is {email, name} to the local identity provider, and so to Boochat.
  async signIn(person) {
    const { idToken } = await this.#call("/local/identity/token", { body: person });
    this.#session.begin(await this.#call("/v1/authenticate", { body: { idToken }, key: newId() }));
  }

  // signOut ends the session here even when the server cannot be told.
  async signOut() {
    await this.command("sign-out").catch(() => {});
    this.#session.end("You are signed out.");
  }

  async signOutEverywhere() {
    await this.command("sign-out-everywhere");
    this.#session.end("You are signed out on all your devices.");
  }

  // refresh gets new tokens; callers at the same time share one request. A session
  // that cannot be renewed is over.
  refresh() {
    this.#refreshing ??= this.#renew().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #renew() {
    const { refreshToken, refreshKey } = this.#session;
    try {
      this.#session.begin(await this.#call("/v1/refresh", { body: { refreshToken }, key: refreshKey }));
    } catch (problem) {
      if (!problem.temporary) this.#session.end("Your session has ended. Please sign in again.");
      throw problem;
    }
  }

  async #authorized(path, options) {
    const token = this.#session.accessToken;
    try {
      return await this.#call(path, { ...options, token });
    } catch (problem) {
      if (problem.status !== 401) throw problem;
    }
    if (token === this.#session.accessToken) await this.refresh();
    return this.#call(path, { ...options, token: this.#session.accessToken });
  }

  // call asks, with POST if there is a body, and answers the JSON or throws a Problem.
  async #call(path, { body, key, token } = {}) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    if (token) headers.Authorization = `Bearer ${token}`;
    let response, text;
    try {
      response = await this.#fetch(path, {
        method: body ? "POST" : "GET",
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(answerWithin),
      });
      text = await response.text();
    } catch {
      throw new Problem(unreachable);
    }
    const answer = parse(text);
    if (response.ok && (answer || !text)) return answer;
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    throw new Problem({ ...unreadable, ...answer, status: response.status }, retryAfter);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
