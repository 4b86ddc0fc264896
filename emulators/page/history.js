// The histories of rooms: which of their items are loaded, and loading what is missing.
// Sequences have no gaps, so a missing item shows in the numbers. Pure but for the
// queries it is given.

const page = 50; // items asked for at once
const farBehind = 200; // items that are not caught up with but skipped, to be read by scrolling up
const liveComesWithin = 700; // milliseconds in which a missing item may yet come live

export class Histories {
  #model;
  #query;
  #changed;
  #rooms = new Map(); // room id -> {from, atStart, loading, problem, timer}

  // query asks the server; changed is called when there is more to show.
  constructor({ model, query, changed }) {
    this.#model = model;
    this.#query = query;
    this.#changed = changed;
  }

  // of is what is known of a room's history: {from?, loading, problem?}; `from` is the
  // sequence of the oldest item to show, undefined until something is loaded.
  of(roomId) {
    if (!this.#rooms.has(roomId)) this.#rooms.set(roomId, { loading: false });
    return this.#rooms.get(roomId);
  }

  items(roomId) {
    const { from } = this.of(roomId);
    return from === undefined ? [] : this.#model.run(roomId, from);
  }

  // hasOlder tells whether there is something to scroll up to; rooms begin at 1.
  hasOlder(roomId) {
    const { from, atStart } = this.of(roomId);
    return from > 1 && !atStart;
  }

  // keepUp sees to it that a room on screen is loaded up to its last item.
  keepUp(roomId) {
    const history = this.of(roomId);
    if (history.loading || history.problem || history.timer) return;
    const behind = this.#behind(roomId);
    if (behind > farBehind) this.loadLatest(roomId);
    else if (behind > 0) history.timer = setTimeout(() => this.#catchUp(roomId), liveComesWithin);
  }

  // recover forgets problems, for when the server is back.
  recover() {
    for (const history of this.#rooms.values()) history.problem = undefined;
    this.#changed();
  }

  // loadLatest shows the latest items and what is connected to them.
  loadLatest(roomId) {
    return this.#load(roomId, `rooms/${roomId}`, ({ items }) => ({ from: items[0]?.sequence }));
  }

  loadOlder(roomId) {
    const { from } = this.of(roomId);
    return this.#load(roomId, `rooms/${roomId}/items?before=${from}&limit=${page}`, ({ items, hasBefore }) => ({
      from: items[0]?.sequence ?? from,
      atStart: !hasBefore,
    }));
  }

  #catchUp(roomId) {
    const history = this.of(roomId);
    history.timer = undefined;
    if (history.loading || this.#behind(roomId) === 0) return;
    const last = history.from + this.items(roomId).length - 1;
    this.#load(roomId, `rooms/${roomId}/items?after=${last}&limit=${farBehind}`, () => ({}));
  }

  // behind counts the items between the last one shown and the last one there is.
  #behind(roomId) {
    const room = this.#model.room(roomId);
    const { from } = this.of(roomId);
    if (!room) return 0;
    if (from === undefined) return Infinity;
    return Math.max(0, room.lastSequence - (from + this.items(roomId).length - 1));
  }

  // load asks for items and takes what the answer says about the history.
  async #load(roomId, path, learn) {
    const history = this.of(roomId);
    if (history.loading) return;
    history.loading = true;
    history.problem = undefined;
    this.#changed();
    try {
      const answer = await this.#query(path);
      this.#model.addItems(answer.items);
      Object.assign(history, learn(answer));
    } catch (problem) {
      history.problem = problem;
    }
    history.loading = false;
    this.#changed();
  }
}
