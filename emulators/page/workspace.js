// The workspace: what somebody signed in sees and does. It ties the model, the live
// connection and the views together: whatever changes, everything is rendered from
// the model, and the views change only what differs.
import { Chat } from "./chat.js";
import { $, setAttribute, setText } from "./dom.js";
import { Histories } from "./history.js";
import { MeetupPages } from "./meetuppages.js";
import { Model } from "./model.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Profile } from "./profile.js";
import { RoomDialog, askInvite, askNewRoom } from "./roomdialogs.js";
import { RoomList } from "./rooms.js";
import { routeIn, routeOf } from "./route.js";
import { toast } from "./toast.js";

const renewBefore = 60_000; // milliseconds before its end that a token is renewed
const renewAtMost = 30_000; // milliseconds between two renewals, even if our clock is wrong
const connectsWithin = 1_000; // milliseconds, after which it is worth saying that it does not
const datesChangeWithin = 60_000; // milliseconds after which "Today" may have become wrong

const connectionWords = {
  connecting: "Connecting…",
  live: "",
  reconnecting: "The connection is lost. Reconnecting; what you write is kept and sent then.",
};

export class Workspace {
  #session;
  #api;
  #me;
  #model;
  #histories;
  #outbox;
  #presence;
  #live;
  #views;
  #connection;
  #patient = true; // a connection that is only just being made moves nothing on screen
  #route = { view: "rooms" }; // what is on screen (route.js)
  #hash = ""; // the same as the address has it
  #renewal;
  #rendering;

  // makeLive makes the live connection (listening.js).
  constructor(session, api, makeLive) {
    const me = session.user.id;
    const renderSoon = () => this.#renderSoon();
    this.#session = session;
    this.#api = api;
    this.#me = me;
    this.#model = new Model(me);
    this.#histories = new Histories({ model: this.#model, query: (path) => api.query(path), changed: renderSoon });
    this.#outbox = new Outbox({
      storage: sessionStorage,
      key: `boochat.outbox.${me}`,
      post: (message) => api.send("send-message", message, message.id),
      changed: renderSoon,
    });
    this.#presence = new Presence({
      send: (...command) => api.send(...command),
      watching: () => visible() && this.#connection === "live",
    });
    this.#live = makeLive({
      session,
      refresh: () => api.refresh(),
      known: (roomId) => this.#histories.items(roomId).at(-1)?.sequence,
      listener: this.#listener(),
    });
    this.#views = {
      rooms: new RoomList({ me, person: (id) => this.#model.person(id), newRoom: () => this.#newRoom() }),
      meetups: new MeetupPages({ api, me, model: this.#model, changed: renderSoon }),
      chat: new Chat({ me, model: this.#model, histories: this.#histories, outbox: this.#outbox, changed: renderSoon }),
      room: new RoomDialog(),
      profile: new Profile({ api, session }),
    };
  }

  start() {
    $("workspace").hidden = false;
    $("invite").addEventListener("click", () => askInvite({ api: this.#api, model: this.#model, room: this.#room() }));
    $("members").addEventListener("click", () => this.#openRoomDialog());
    $("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.#views.chat.takeFocus();
    });
    this.#session.onRenewed = () => {
      this.#live.authenticate();
      this.#renewInTime();
    };
    this.#renewInTime();
    addEventListener("hashchange", () => this.#navigate());
    for (const change of ["online", "offline"]) addEventListener(change, () => this.#live.reconnect());
    document.addEventListener("visibilitychange", () => {
      if (visible()) {
        this.#live.wake();
        this.#presence.beat();
      }
      this.#renderSoon();
    });
    setTimeout(() => {
      this.#patient = false;
      this.#renderSoon();
    }, connectsWithin);
    setInterval(() => this.#renderSoon(), datesChangeWithin);
    this.#navigate();
    this.#live.start();
    this.#presence.start();
  }

  #listener() {
    return {
      reset: () => this.#model.reset(),
      change: (path, data) => {
        this.#model.apply(path, data);
        if (data?.kind === "message") this.#outbox.arrived(data.id);
        this.#renderSoon();
      },
      current: () => {
        this.#model.settle();
        this.#histories.recover();
        this.#outbox.flush();
      },
      notification: ({ title, message, level, navigateUrl }) => {
        const link = routeIn(navigateUrl);
        if (!this.#shows(link)) toast({ title, message, level, link });
        else if (level !== "info") toast({ title, message, level });
      },
      state: (state) => {
        this.#connection = state;
        this.#renderSoon();
      },
    };
  }

  #navigate() {
    const before = this.#hash;
    this.#hash = location.hash;
    this.#route = routeOf(this.#hash);
    this.#presence.leave();
    this.#live.show(this.#shown);
    this.#views.chat.show(this.#shown);
    this.#views.meetups.show(this.#route, before);
    this.#render();
    if (this.#shown) this.#views.chat.takeFocus();
    else if (this.#route.view !== "rooms" && !this.#route.pollId) $("chat").focus();
  }

  // shows reports whether what a link leads to is on screen, where it tells of itself.
  #shows(link) {
    return visible() && Boolean(link) && `${location.hash}/`.startsWith(`${link}/`);
  }

  // shown is the id of the room whose conversation is on screen.
  get #shown() {
    return this.#route.view === "room" ? this.#route.roomId : undefined;
  }

  #room() {
    return this.#shown && this.#model.room(this.#shown);
  }

  #memberIds() {
    return this.#room().members.map(({ id }) => id);
  }

  #newRoom() {
    askNewRoom({ api: this.#api, me: this.#me, model: this.#model, made: (id) => (location.hash = `#/rooms/${id}`) });
  }

  #openRoomDialog() {
    this.#views.room.open({ api: this.#api, me: this.#me, room: this.#room(), left: () => this.#left() });
  }

  #left() {
    this.#presence.forget();
    this.#route = { view: "rooms" };
    location.hash = "#/";
  }

  // renderSoon renders once for all the changes of this moment.
  #renderSoon() {
    this.#rendering ??= setTimeout(() => this.#render());
  }

  #render() {
    clearTimeout(this.#rendering);
    this.#rendering = undefined;
    const now = new Date();
    const reached = this.#views.chat.render(now);
    const page = this.#views.meetups.render(now);
    const noted = this.#room()?.readSequence;
    if (reached) this.#presence.show(this.#shown, reached, { memberIds: this.#memberIds(), noted });
    const rooms = this.#model.rooms().map((room) => this.#asRead(room));
    this.#views.rooms.render(rooms, { shown: this.#shown, complete: this.#model.complete, now });
    if (this.#model.complete) this.#views.profile.render(this.#model.person(this.#me));
    if (this.#room()) this.#views.room.render(this.#room(), this.#me);
    this.#renderFrame(rooms, page);
  }

  // asRead spares the room being read its badge until the server has noted the reading.
  #asRead(room) {
    return room.id === this.#shown && visible() ? { ...room, unread: 0 } : room;
  }

  #renderFrame(rooms, page = this.#room()?.title) {
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
    const place = page ? `${page} · Boochat` : "Boochat";
    document.title = unread > 0 ? `(${unread}) ${place}` : place;
    const { view } = this.#route;
    $("workspace").dataset.view = view;
    $("chat-frame").hidden = view === "meetups" || view === "meetup";
    setAttribute($("to-meetups"), "aria-current", view === "meetups" && !this.#route.roomId && "page");
    const banner = $("connection");
    banner.dataset.state = this.#connection;
    banner.hidden = this.#connection === "live" || (this.#connection === "connecting" && this.#patient);
    setText(banner, connectionWords[this.#connection]);
  }

  #renewInTime() {
    clearTimeout(this.#renewal);
    const left = this.#session.accessTokenExpiresAt - Date.now();
    const again = () => this.#renewInTime();
    this.#renewal = setTimeout(() => this.#api.refresh().catch(again), Math.max(renewAtMost, left - renewBefore));
  }
}

function visible() {
  return document.visibilityState === "visible";
}
