// The chat: one room on screen, or the words for why there is none.
import { avatar, avatarOfRoom, drawAvatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { $, setText } from "./dom.js";
import { count } from "./format.js";
import { MessageList } from "./messages.js";
import { timeline } from "./timeline.js";

const arrivesWithin = 3_000; // milliseconds that a room just made may take to be there

const none = {
  chosen: { title: "Pick a room", words: "Or make a new one: it takes some people and, if you like, a name." },
  arriving: { title: "One moment…", words: "The room is being fetched." },
  missing: { title: "This room is not here", words: "There is no such room, or you are not in it.", wayBack: true },
};

export class Chat {
  #me;
  #model;
  #histories;
  #outbox;
  #messages;
  #composer;
  #avatar = avatar();
  #roomId;
  #changed;
  #arriving; // timer; while it runs a room may still come
  #newAfter; // the last item read before what is new, 0 if nothing is

  // changed is called when time alone changes what is to be shown.
  constructor({ me, model, histories, outbox, changed }) {
    this.#me = me;
    this.#model = model;
    this.#histories = histories;
    this.#outbox = outbox;
    this.#changed = changed;
    $("chat-avatar").append(this.#avatar);
    this.#messages = new MessageList({
      older: () => this.#loadOlder(),
      retry: (id) => outbox.retry(id),
      discard: (id) => outbox.discard(id),
    });
    this.#composer = new Composer((text) => {
      outbox.add(this.#roomId, text);
      this.#messages.toLatest();
    });
    $("older-again").addEventListener("click", () => {
      histories.recover();
      this.#loadOlder();
    });
  }

  // show opens a room; undefined shows none.
  show(roomId) {
    this.#roomId = roomId;
    this.#newAfter = undefined;
    clearTimeout(this.#arriving);
    this.#arriving = setTimeout(() => {
      this.#arriving = undefined;
      this.#changed();
    }, arrivesWithin);
    this.#messages.clear();
    this.#composer.show(roomId);
  }

  // takeFocus lets a person with a keyboard write at once; on a touch screen it would
  // only bring up the keys over what is to be read.
  takeFocus() {
    if (matchMedia("(pointer: fine)").matches && !$("chat-room").hidden) this.#composer.focus();
    else $("chat").focus();
  }

  // render draws the room and answers the sequence up to which it is on screen, or
  // undefined when there is nothing to read yet.
  render(now) {
    const room = this.#roomId && this.#model.room(this.#roomId);
    const appears = room && $("chat-room").hidden;
    $("chat-room").hidden = !room;
    $("chat-empty").hidden = Boolean(room);
    if (!room) return this.#renderNone();
    if (appears && document.activeElement === $("chat")) this.takeFocus();
    this.#renderHeader(room);
    this.#histories.keepUp(room.id);
    this.#newAfter ??= room.unread > 0 ? room.readSequence : 0;
    const items = this.#histories.items(room.id);
    this.#messages.render(
      timeline({
        items,
        pending: this.#outbox.of(room.id),
        me: this.#me,
        person: (id) => this.#model.person(id),
        newAfter: this.#newAfter,
        now,
      }),
    );
    this.#renderOlder(room.id);
    return items.at(-1)?.sequence;
  }

  #renderNone() {
    const arriving = this.#arriving || !this.#model.complete;
    const { title, words, wayBack = false } = !this.#roomId ? none.chosen : arriving ? none.arriving : none.missing;
    setText($("chat-empty-title"), title);
    setText($("chat-empty-words"), words);
    $("chat-empty-back").hidden = !wayBack;
    return undefined;
  }

  #renderHeader(room) {
    drawAvatar(this.#avatar, avatarOfRoom(room));
    setText($("chat-title"), room.title);
    setText($("chat-subtitle"), subtitle(room));
    setText($("members-count"), String(room.members.length));
    setText($("members-words"), `${count(room.members.length, "member")}, room details`);
  }

  #renderOlder(roomId) {
    const { loading, problem, from } = this.#histories.of(roomId);
    const begun = from && !this.#histories.hasOlder(roomId);
    setText(
      $("older-words"),
      problem?.message ?? (loading ? "Loading messages…" : begun ? "This is where it began." : ""),
    );
    $("older-again").hidden = !problem;
  }

  #loadOlder() {
    const { loading, problem } = this.#histories.of(this.#roomId);
    if (!loading && !problem && this.#histories.hasOlder(this.#roomId)) this.#histories.loadOlder(this.#roomId);
  }
}

function subtitle(room) {
  if (room.companion) {
    const presence = room.companion.online ? "online" : "away";
    return room.subject ? `${room.subject} · ${presence}` : presence;
  }
  const online = room.members.filter((member) => member.online).length;
  return `${count(room.members.length, "member")}, ${online} online`;
}
