// The live connection where Firestore is the server's store: listeners on the read
// documents, which make the same changes as the WebSocket's (live.js). Firestore sends
// what was missed after a lost connection by itself.
import { backoff } from "./backoff.js";

// The collections that make the whole picture; a room's items come while it is on screen.
const picture = ["users", "rooms", "visits", "presence", "meetups"];
const signInAgainAfter = 30 * 60_000; // milliseconds; a token lets listen for an hour
const unreachable = "auth/network-request-failed";

export class FirestoreLive {
  #client;
  #me;
  #token;
  #refresh;
  #known;
  #listener;
  #stops = []; // functions that end the listeners of the picture
  #outdated = new Set(); // collections that are not known to be as they are on the server
  #live = false; // whether there are none
  #whole = false; // whether there were none since the listeners began
  #users = new Map(); // id -> document as it is stored, without presence
  #online = new Map(); // id -> {online, timer: sets it to false when its time is over}
  #rooms = new Map(); // id -> document
  #shown; // id of the room on screen
  #stopItems; // ends the listener of its items
  #retryItems; // timer
  #retry; // timer
  #signedInAt = 0;
  #needsToken = false; // whether the next try is with a new token
  #failures = 0;
  #itemFailures = 0;

  // client is that of firebase/client.js. known gives the sequence up to which a room's
  // items are there, undefined if none are. listener is as for Live.
  constructor({ client, me, token, refresh, known, listener }) {
    this.#client = client;
    this.#me = me;
    this.#token = token;
    this.#refresh = refresh;
    this.#known = known;
    this.#listener = listener;
  }

  start() {
    this.#listener.state("connecting");
    this.#begin();
  }

  // show has the items of a room come live; undefined stands for no room.
  show(roomId) {
    if (roomId === this.#shown) return;
    this.#endItems();
    this.#shown = roomId;
    this.#beginItems();
  }

  // wake tries again at once if signing in or listening has failed.
  wake() {
    if (this.#retry) this.#tryAgain();
  }

  // reconnect is wake: over lost networks the SDK watches itself.
  reconnect() {
    this.wake();
  }

  // authenticate shows the session's newest token before the last one lets nobody
  // listen any more. Each time the SDK opens its streams anew, so not with every token.
  authenticate() {
    if (Date.now() - this.#signedInAt < signInAgainAfter) return;
    this.#signIn().catch(() => {}); // the listeners will say so, if it comes to that
  }

  async #begin() {
    try {
      if (this.#needsToken) await this.#refresh();
      this.#needsToken = false;
    } catch (problem) {
      // A session that is over has said so itself; anything else is worth another try.
      if (problem.temporary) this.#failed();
      return;
    }
    try {
      await this.#signIn();
    } catch (error) {
      this.#needsToken = error.code !== unreachable;
      this.#failed();
      return;
    }
    this.#listen();
  }

  async #signIn() {
    await this.#client.signIn(this.#token());
    this.#signedInAt = Date.now();
  }

  #listen() {
    for (const { timer } of this.#online.values()) clearTimeout(timer);
    for (const documents of [this.#users, this.#online, this.#rooms]) documents.clear();
    this.#outdated = new Set(picture);
    this.#whole = false;
    this.#listener.reset();
    const failed = () => {
      this.#needsToken = true; // the last one may have ended, or Firebase forgotten the person
      this.#failed();
    };
    const change = {
      users: (path, user) => this.#changeUser(path, user),
      rooms: (path, room) => this.#changeRoom(path, room),
      visits: (path, visit) => this.#listener.change(path, visit),
      meetups: (path, meetup) => this.#listener.change(path, meetup),
      presence: (path, presence) => this.#changePresence(path, presence),
    };
    this.#stops = picture.map((name) =>
      this.#client[name]({ changed: change[name], current: (current) => this.#current(name, current), failed }),
    );
  }

  #current(name, current) {
    if (current) this.#outdated.delete(name);
    else this.#outdated.add(name);
    const live = this.#outdated.size === 0;
    if (live === this.#live) return;
    this.#live = live;
    if (live) {
      this.#whole = true;
      this.#failures = 0;
      this.#listener.current();
    }
    this.#listener.state(live ? "live" : "reconnecting");
  }

  // failed begins anew after a while.
  #failed() {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#endItems();
    this.#live = false;
    this.#listener.state("reconnecting");
    this.#retry = setTimeout(() => this.#tryAgain(), backoff(this.#failures++));
  }

  #tryAgain() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#begin();
  }

  #changeUser(path, user) {
    const id = idOf(path);
    if (user) this.#users.set(id, user);
    else this.#users.delete(id);
    this.#tellUser(id);
  }

  // changePresence takes in who is there, and until when unless told otherwise.
  #changePresence(path, presence) {
    const id = idOf(path);
    clearTimeout(this.#online.get(id)?.timer);
    this.#online.delete(id);
    if (presence) {
      const left = Date.parse(presence.until) - Date.now();
      const entry = { online: presence.online && left > 0 };
      if (entry.online) {
        entry.timer = setTimeout(() => {
          entry.online = false;
          this.#tellUser(id);
        }, left);
      }
      this.#online.set(id, entry);
    }
    if (this.#users.has(id)) this.#tellUser(id);
  }

  // tellUser tells of a person as one document.
  #tellUser(id) {
    const user = this.#users.get(id);
    const presence = this.#online.get(id);
    const whole = user && presence ? { ...user, presence: { online: presence.online } } : user;
    this.#listener.change(`users/${id}`, whole ?? null);
  }

  #changeRoom(path, room) {
    const id = idOf(path);
    const isNew = !this.#rooms.has(id);
    if (room) this.#rooms.set(id, room);
    else this.#rooms.delete(id);
    this.#listener.change(path, room);
    if (room && isNew && this.#whole) this.#tellInvitation(room);
    if (id !== this.#shown) return;
    if (room) this.#beginItems();
    else this.#endItems();
  }

  #tellInvitation({ id, name, lastItem }) {
    const { kind, arguments: who } = lastItem?.announcement ?? {};
    if (kind !== "user-joined" || who.userId !== this.#me) return;
    const message = `${who.actorName} added you to this room`;
    this.#listener.notification({ title: name, message, level: "info", navigateUrl: `/rooms/${id}` });
  }

  // beginItems listens to what comes after the items that are there. Where none are,
  // those up to the room's last one come by query (history.js), and are not paid twice.
  #beginItems() {
    const room = this.#rooms.get(this.#shown);
    if (!room || this.#stopItems || this.#retryItems) return;
    this.#stopItems = this.#client.items(this.#shown, this.#known(this.#shown) ?? room.lastSequence, {
      // An item never goes: null says that it is no longer among the latest.
      changed: (path, item) => item && this.#listener.change(path, item),
      current: () => (this.#itemFailures = 0),
      failed: () => this.#itemsFailed(),
    });
  }

  // itemsFailed has usually to do with leaving the room, of which the rooms tell. If the
  // room is still there after a while, its items are asked for again.
  #itemsFailed() {
    this.#stopItems = undefined;
    this.#retryItems = setTimeout(() => {
      this.#retryItems = undefined;
      this.#beginItems();
    }, backoff(this.#itemFailures++));
  }

  #endItems() {
    this.#stopItems?.();
    this.#stopItems = undefined;
    clearTimeout(this.#retryItems);
    this.#retryItems = undefined;
  }
}

const idOf = (path) => path.slice(path.lastIndexOf("/") + 1);
