// The list of rooms: latest first, with what was said last and how much is unread.
import { avatar, avatarOfRoom, drawAvatar } from "./avatar.js";
import { $, KeyedList, el, setAttribute, setText } from "./dom.js";
import { briefTime, count } from "./format.js";

export class RoomList {
  #list = $("room-list");
  #rows = new KeyedList(this.#list, createRow, updateRow);
  #person;
  #me;

  constructor({ person, me, newRoom }) {
    this.#person = person;
    this.#me = me;
    this.#list.addEventListener("keydown", (event) => moveFocus(this.#list, event));
    $("new-room").addEventListener("click", newRoom);
    $("first-room").addEventListener("click", newRoom);
  }

  // render draws rooms; the one on screen is shown as chosen.
  render(rooms, { shown, complete, now }) {
    $("no-rooms").hidden = !complete || rooms.length > 0;
    this.#list.hidden = complete && rooms.length === 0;
    this.#list.ariaBusy = String(!complete);
    const reachable = rooms.some((room) => room.id === shown) ? shown : rooms[0]?.id;
    this.#rows.render(rooms.map((room) => this.#row(room, room.id === shown, room.id === reachable, now)));
  }

  #row(room, current, reachable, now) {
    return {
      key: room.id,
      avatar: avatarOfRoom(room),
      title: room.title,
      subject: room.subject,
      preview: this.#preview(room.lastItem),
      time: room.lastItem ? briefTime(new Date(room.lastItem.timestamp), now) : "",
      unread: room.unread,
      current,
      reachable,
    };
  }

  #preview(item) {
    if (item?.kind !== "message") return item?.content ?? "";
    const who = item.sender?.id === this.#me ? "You" : this.#person(item.sender?.id).name;
    return `${who}: ${item.content}`;
  }
}

function createRow({ key }) {
  const link = el(
    "a",
    { class: "room", href: `#/rooms/${key}`, "data-testid": `room-${key}` },
    avatar(),
    el(
      "span",
      { class: "room-top" },
      el("span", { class: "room-title" }),
      el("span", { class: "room-subject" }),
      el("span", { class: "room-time" }),
    ),
    el(
      "span",
      { class: "room-bottom" },
      el("span", { class: "room-preview" }),
      el("span", { class: "badge", "aria-hidden": "true", "data-testid": `room-unread-${key}` }),
      el("span", { class: "visually-hidden room-unread-words" }),
    ),
  );
  return el("li", {}, link);
}

function updateRow(element, row) {
  const part = (name) => element.querySelector(name);
  drawAvatar(part(".avatar"), row.avatar);
  setText(part(".room-title"), row.title);
  setText(part(".room-subject"), row.subject);
  setText(part(".room-time"), row.time);
  setText(part(".room-preview"), row.preview);
  const badge = part(".badge");
  badge.hidden = row.unread === 0;
  setText(badge, row.unread > 999 ? "999+" : String(row.unread));
  setText(part(".room-unread-words"), row.unread > 0 ? count(row.unread, "unread item") : "");
  const link = part(".room");
  setAttribute(link, "aria-current", row.current && "page");
  setAttribute(link, "data-unread", row.unread > 0);
  // The Tab key reaches one room; the arrow keys go through the others.
  link.tabIndex = row.reachable ? 0 : -1;
}

function moveFocus(list, event) {
  const links = [...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (target === undefined || !links[target]) return;
  event.preventDefault();
  links[target].focus();
}
