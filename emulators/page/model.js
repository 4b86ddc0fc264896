// The model: the read documents as they arrive, and what the page derives from them.
// Pure: no network, no clock, no DOM.

const itemPath = /^rooms\/[^/]+\/items\/\d+$/;
const roomPath = /^rooms\/([^/]+)$/;
const meetupPath = /^meetups\/([^/]+)$/;
const userPath = /^users\/([^/]+)$/;

const byName = (a, b) => a.name.localeCompare(b.name);
const latestFirst = (a, b) => (b.lastItem?.timestamp ?? "").localeCompare(a.lastItem?.timestamp ?? "");

// nameAfter is the name of a room that is only called after its people.
export function nameAfter(people) {
  return people
    .map((person) => person.name)
    .sort()
    .join(", ");
}

export class Model {
  #me;
  #documents = new Map(); // path -> data, all but items
  #items = new Map(); // path -> item; an item never changes, so these survive a reset
  #arriving = this.#documents; // where changes go: a second map while a full picture is on its way

  // complete is false until the first full picture is there.
  complete = false;

  constructor(me) {
    this.#me = me;
  }

  // reset awaits a new full picture; the old one stays visible until settle.
  reset() {
    this.#arriving = new Map();
  }

  // settle ends the full picture: what it did not mention is gone.
  settle() {
    this.#documents = this.#arriving;
    this.complete = true;
    for (const [path, item] of this.#items) {
      if (!this.#documents.has(`rooms/${item.roomId}`)) this.#items.delete(path);
    }
  }

  // apply takes in one change; data is null when the document is gone.
  apply(path, data) {
    const documents = itemPath.test(path) ? this.#items : this.#arriving;
    if (data !== null) {
      documents.set(path, data);
      return;
    }
    documents.delete(path);
    if (roomPath.test(path)) this.#forgetItems(path);
  }

  // addItems takes in items that came by query.
  addItems(items) {
    for (const item of items) this.#items.set(`rooms/${item.roomId}/items/${item.sequence}`, item);
  }

  #forgetItems(room) {
    for (const path of this.#items.keys()) {
      if (path.startsWith(`${room}/`)) this.#items.delete(path);
    }
  }

  // person is somebody as the page shows them; a stranger has no name yet.
  person(id) {
    const user = this.#documents.get(`users/${id}`);
    return {
      id,
      name: user?.name ?? "Somebody",
      imageUrl: user?.imageUrl ?? "",
      online: user?.presence?.online ?? false,
    };
  }

  // others are all people but me, by name.
  others() {
    const ids = this.#idsOf(userPath).filter((id) => id !== this.#me);
    return ids.map((id) => this.person(id)).sort(byName);
  }

  // rooms are my rooms, the latest item first.
  rooms() {
    return this.#idsOf(roomPath)
      .map((id) => this.room(id))
      .sort(latestFirst);
  }

  // room is a room as the page shows it, or undefined when it is not mine. A room of
  // two goes by the other person's name and picture, with its own name, if it has one,
  // as the subject; a larger room without an own name goes by those of the others.
  room(id) {
    const room = this.#documents.get(`rooms/${id}`);
    if (!room) return undefined;
    const members = room.memberIds.map((memberId) => this.person(memberId));
    const others = members.filter((member) => member.id !== this.#me).sort(byName);
    const companion = members.length === 2 ? others[0] : undefined;
    const ownName = room.name === nameAfter(members) ? "" : room.name;
    const readSequence = this.#documents.get(`users/${this.#me}/visits/${id}`)?.readSequence ?? 0;
    return {
      id,
      name: room.name,
      title: companion?.name ?? (ownName || nameAfter(others) || room.name),
      subject: companion ? ownName : "",
      imageUrl: companion?.imageUrl || room.imageUrl,
      ownImageUrl: room.imageUrl,
      companion,
      members,
      lastItem: room.lastItem,
      lastSequence: room.lastSequence,
      readSequence,
      unread: Math.max(0, room.lastSequence - readSequence),
    };
  }

  // meetups are the documents of my meetups, in no order; meetups.js makes them out.
  meetups() {
    return this.#idsOf(meetupPath).map((id) => this.meetup(id));
  }

  // meetup is the document of a meetup, or undefined when it is not mine.
  meetup(id) {
    return this.#documents.get(`meetups/${id}`);
  }

  // run is the items of a room from a sequence upwards, without a hole: what comes
  // after a hole waits until the hole is filled.
  run(roomId, from) {
    const items = [];
    for (let sequence = from; ; sequence++) {
      const item = this.#items.get(`rooms/${roomId}/items/${sequence}`);
      if (!item) return items;
      items.push(item);
    }
  }

  #idsOf(pattern) {
    return [...this.#documents.keys()].flatMap((path) => pattern.exec(path)?.[1] ?? []);
  }
}
