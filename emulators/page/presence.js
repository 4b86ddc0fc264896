// Presence: what the server is told about where this person is and what they have read.
import { newId } from "./id.js";

const heartbeatEvery = 30_000; // milliseconds; the server counts a person as away after 60 s
const tellEvery = 1_000; // milliseconds between two reports of reading, at least

export class Presence {
  #send;
  #watching;
  #roomId;
  #reached = -1;
  #told = -1;
  #timer;
  #near = new Set(); // ids of people whom the server was told of being with

  // send does a command; watching tells whether somebody is there to read: the page is
  // visible and the connection stands.
  constructor({ send, watching }) {
    // A report may be repeated, unlike what people do: each has a key of its own, and
    // one that got lost is made good by the next.
    this.#send = (name, body) => send(name, body, newId());
    this.#watching = watching;
  }

  start() {
    setInterval(() => this.beat(), heartbeatEvery);
    this.beat();
  }

  // beat says that this person is there, and with a room on screen, in whose company.
  beat() {
    const roomId = this.#watching() ? this.#roomId : undefined;
    this.#send("heartbeat", { roomId }).catch(() => {}); // the next one comes in 30 s
  }

  // show says that a room with some members is on screen up to a sequence, of which the
  // server has noted some as read: what one sends counts as read without a report.
  show(roomId, sequence, { memberIds, noted = -1 }) {
    if (roomId !== this.#roomId) this.leave();
    this.#roomId = roomId;
    this.#reached = sequence;
    if (this.#told >= 0) this.#told = Math.max(this.#told, noted);
    this.#meet(memberIds);
    this.#tell();
  }

  // meet has people who are new to this person not wait for the next heartbeat to see
  // that they are there.
  #meet(memberIds) {
    if (!this.#watching() || memberIds.every((id) => this.#near.has(id))) return;
    this.#near = new Set([...this.#near, ...memberIds]);
    this.beat();
  }

  // leave says that the room on screen is no more, and how far it was read: what came
  // within the last second has not been told yet.
  leave() {
    if (this.#told >= 0) {
      const readSequence = this.#watching() ? this.#reached : this.#told;
      // Losing this leaves a second's items unread, which is the safe side to err on.
      this.#send("close-room", { roomId: this.#roomId, readSequence }).catch(() => {});
    }
    this.forget();
  }

  // forget is leave without a word, for a room this person is no longer in.
  forget() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#roomId = undefined;
    this.#told = -1;
  }

  #tell() {
    if (this.#timer || this.#reached <= this.#told || !this.#watching()) return;
    const before = this.#told;
    this.#told = this.#reached;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, tellEvery);
    const roomId = this.#roomId;
    this.#send("open-room", { roomId, readSequence: this.#reached }).catch((problem) => {
      if (problem.temporary && roomId === this.#roomId) this.#told = before;
    });
  }
}
