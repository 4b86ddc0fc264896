// The outbox: messages on their way. They are shown at once, sent one after the other
// in the order of writing, kept over a lost connection and a reload, and never sent
// twice: a message's id is also its room's id for it, and the server knows repeats.
import { backoff } from "./backoff.js";
import { newId } from "./id.js";

export class Outbox {
  #storage;
  #key;
  #post;
  #changed;
  #messages;
  #sending = false;
  #failures = 0;
  #timer;

  // post sends {id, roomId, content}; changed is called when a message's state changes.
  constructor({ storage, key, post, changed }) {
    this.#storage = storage;
    this.#key = key;
    this.#post = post;
    this.#changed = changed;
    this.#messages = JSON.parse(storage.getItem(key)) ?? [];
  }

  // of lists the messages of a room that are not known to have arrived, in order:
  // {id, roomId, content, createdAt, state: "sending" | "waiting" | "failed" | "sent",
  // detail? of a failed one, sequence? of a sent one}.
  of(roomId) {
    return this.#messages.filter((message) => message.roomId === roomId);
  }

  add(roomId, content) {
    const createdAt = new Date().toISOString();
    this.#messages.push({ id: newId(), roomId, content, createdAt, state: "sending" });
    this.#save();
    if (!this.#timer) this.flush();
  }

  retry(id) {
    this.#set(id, { state: "sending", detail: undefined });
    this.flush();
  }

  discard(id) {
    this.#messages = this.#messages.filter((message) => message.id !== id);
    this.#save();
  }

  // arrived takes out a message whose item is there.
  arrived(id) {
    if (this.#messages.some((message) => message.id === id)) this.discard(id);
  }

  // flush sends what waits, now.
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending) return;
    this.#sending = true;
    let goOn = true;
    while (goOn) goOn = await this.#sendNext();
    this.#sending = false;
  }

  // sendNext sends the oldest message; false means that there is none, or that it must wait.
  async #sendNext() {
    const message = this.#messages.find(({ state }) => state === "sending" || state === "waiting");
    if (!message) return false;
    const { id, roomId, content } = message;
    try {
      const { sequence } = await this.#post({ id, roomId, content });
      this.#failures = 0;
      this.#set(id, { state: "sent", sequence });
    } catch (problem) {
      if (problem.temporary) {
        this.#set(id, { state: "waiting" });
        this.#tryLater(problem.retryAfter);
        return false;
      }
      this.#set(id, { state: "failed", detail: problem.message });
    }
    return true;
  }

  #tryLater(retryAfter) {
    const wait = Math.max(retryAfter * 1000, backoff(this.#failures++));
    this.#timer = setTimeout(() => this.flush(), wait);
  }

  #set(id, change) {
    this.#messages = this.#messages.map((message) => (message.id === id ? { ...message, ...change } : message));
    this.#save();
  }

  #save() {
    const unsent = this.#messages.filter(({ state }) => state !== "sent");
    this.#storage.setItem(this.#key, JSON.stringify(unsent));
    this.#changed();
  }
}
