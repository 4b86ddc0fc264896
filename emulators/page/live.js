// The live connection: one WebSocket that comes back by itself and goes on where it was.
import { backoff } from "./backoff.js";

const connectWithin = 10_000; // milliseconds until a connection that does not open is given up
const tokenEnded = 4401;

export class Live {
  #url;
  #token;
  #refresh;
  #listener;
  #WebSocket;
  #socket;
  #cursor;
  #timer;
  #failures = 0;

  // listener has reset(), change(path, data), current(), notification(message) and
  // state(state), where state is "connecting", "live" or "reconnecting".
  constructor({ url, token, refresh, listener, WebSocket = globalThis.WebSocket }) {
    this.#url = url;
    this.#token = token;
    this.#refresh = refresh;
    this.#listener = listener;
    this.#WebSocket = WebSocket;
  }

  start() {
    this.#listener.state("connecting");
    this.reconnect();
  }

  // show has nothing to do: the socket tells of all rooms, whichever is on screen.
  show() {}

  // wake reconnects at once if the connection is down.
  wake() {
    if (!this.#socket) this.reconnect();
  }

  // authenticate shows the current token, so that the connection outlives the last one.
  authenticate() {
    if (this.#socket?.readyState === this.#WebSocket.OPEN) this.#send({ accessToken: this.#token() });
  }

  // reconnect makes a new connection even if the old one seems to be up: after a change
  // of network a socket can look open for minutes and be dead.
  reconnect() {
    this.#drop();
    clearTimeout(this.#timer);
    const socket = new this.#WebSocket(this.#url, "boochat.v1");
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#closed(), connectWithin);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      if (!this.#cursor) this.#listener.reset();
      this.#send({ accessToken: this.#token(), cursor: this.#cursor });
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #drop() {
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = undefined;
  }

  #send(message) {
    this.#socket.send(JSON.stringify({ type: "authenticate", ...message }));
  }

  #receive(message) {
    switch (message.type) {
      case "change":
        // Before the first picture is whole, a cursor would skip the rest of it.
        if (this.#cursor) this.#cursor = message.cursor;
        this.#listener.change(message.path, message.data);
        break;
      case "current":
        this.#cursor = message.cursor;
        this.#failures = 0;
        this.#listener.current();
        this.#listener.state("live");
        break;
      case "reset":
        this.#cursor = undefined;
        this.#listener.reset();
        break;
      case "notification":
        this.#listener.notification(message);
        break;
    }
  }

  #closed(code) {
    this.#drop();
    clearTimeout(this.#timer);
    this.#listener.state("reconnecting");
    this.#timer = setTimeout(() => this.#comeBack(code === tokenEnded), backoff(this.#failures++));
  }

  async #comeBack(withNewToken) {
    try {
      if (withNewToken) await this.#refresh();
    } catch (problem) {
      // A session that is over has said so itself; anything else is worth another try.
      if (problem.temporary) this.#closed(tokenEnded);
      return;
    }
    this.reconnect();
  }
}
