// The messages of a room on screen: drawing rows, and keeping the reader's place.
import { avatar, drawAvatar } from "./avatar.js";
import { $, KeyedList, el, icon, setAttribute, setText } from "./dom.js";
import { count, fullTime, isEmojiOnly, segments, timeOfDay } from "./format.js";

const atBottomWithin = 80; // pixels from the end that count as being at the end
const loadOlderWithin = 300; // pixels from the start at which older items are fetched

export class MessageList {
  #scroll = $("messages-scroll");
  #list = $("messages");
  #rows;
  #older;
  #first; // the key of the first row
  #atBottom = true;
  #fresh = true;
  #seen = 0; // the last sequence that was at the end of the screen

  // older is called when the reader nears the top; retry and discard get a message's id.
  constructor({ older, retry, discard }) {
    this.#rows = new KeyedList(this.#list, createRow, updateRow);
    this.#older = older;
    this.#list.addEventListener("click", ({ target }) => {
      const id = target.closest("[data-id]")?.dataset.id;
      if (target.closest(".retry")) retry(id);
      if (target.closest(".discard")) discard(id);
    });
    this.#scroll.addEventListener("scroll", () => {
      this.#atBottom = this.#distanceToBottom() < atBottomWithin;
      if (this.#atBottom) $("to-latest").hidden = true;
      if (this.#scroll.scrollTop < loadOlderWithin) this.#older();
    });
    $("to-latest").addEventListener("click", () => this.toLatest());
    // The keyboard of a phone and a growing composer take space from the end.
    new ResizeObserver(() => this.#atBottom && this.#jumpToBottom()).observe(this.#scroll);
  }

  // clear makes ready for another room.
  clear() {
    this.#rows.render([]);
    this.#atBottom = true;
    this.#fresh = true;
    this.#seen = 0;
  }

  // toLatest brings the end on screen, and keeps it there.
  toLatest() {
    this.#atBottom = true;
    this.#jumpToBottom();
  }

  render(rows) {
    if (this.#fresh && rows.length === 0) return;
    this.#beQuietAbout(rows);
    const place = this.#atBottom ? undefined : this.#place();
    this.#rows.render(rows);
    if (this.#fresh) this.#openAt(this.#list.querySelector(".new-divider"));
    else if (this.#atBottom) this.#jumpToBottom();
    else this.#keep(place);
    this.#fresh = false;
    this.#offerLatest(rows);
    if (this.#scroll.scrollTop < loadOlderWithin) this.#older();
  }

  // A screen reader is told what is new, not all that a room holds when it is opened
  // or what scrolling up brings in.
  #beQuietAbout(rows) {
    if (rows[0]?.key === this.#first) return;
    this.#first = rows[0]?.key;
    this.#list.ariaLive = "off";
    requestAnimationFrame(() => (this.#list.ariaLive = "polite"));
  }

  #openAt(divider) {
    if (divider) divider.scrollIntoView({ block: "start" });
    else this.#jumpToBottom();
    this.#atBottom = this.#distanceToBottom() < atBottomWithin;
  }

  #offerLatest(rows) {
    const last = rows.findLast((row) => row.sequence)?.sequence ?? 0;
    if (this.#atBottom || this.#seen === 0) this.#seen = last;
    const unseen = rows.filter((row) => row.sequence > this.#seen).length;
    $("to-latest").hidden = this.#atBottom;
    setText($("to-latest-words"), unseen > 0 ? count(unseen, "new message") : "To the latest");
  }

  #distanceToBottom() {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
  }

  #jumpToBottom() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  // place is the first item on screen and how far it is from the top.
  #place() {
    const top = this.#scroll.scrollTop;
    const items = [...this.#list.querySelectorAll("[data-sequence]")];
    const element = items.find((item) => item.offsetTop + item.offsetHeight > top);
    return element && { element, offset: element.offsetTop - top };
  }

  #keep(place) {
    if (place?.element.isConnected) this.#scroll.scrollTop = place.element.offsetTop - place.offset;
  }
}

function createRow(row) {
  switch (row.kind) {
    case "day":
      return el("p", { class: "day" }, el("span", {}, row.label));
    case "new":
      return el("p", { class: "new-divider" }, el("span", {}, "New"));
    case "announcement":
      return el(
        "p",
        {
          class: "announcement",
          "data-testid": "announcement",
          "data-sequence": row.sequence,
          title: fullTime(row.time),
        },
        row.text,
        ...(row.link
          ? [" ", el("a", { href: row.link.href, "data-testid": "announcement-link" }, row.link.words)]
          : []),
      );
    default:
      return createMessage(row);
  }
}

function createMessage({ key, mine, text, time }) {
  const words = segments(text).map(({ text, href }) =>
    href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : text,
  );
  return el(
    "article",
    { class: "message", "data-testid": "message", "data-id": key, "data-mine": mine, "data-emoji": isEmojiOnly(text) },
    avatar("small"),
    el(
      "div",
      { class: "bubble", title: fullTime(time) },
      el("span", { class: "sender" }),
      el("span", { class: "text", dir: "auto" }, ...words),
      el(
        "span",
        { class: "meta" },
        el("time", { datetime: time.toISOString() }, timeOfDay(time)),
        el("span", { class: "state" }),
      ),
    ),
    el("p", { class: "trouble" }),
  );
}

function updateRow(element, row) {
  if (row.kind === "day") setText(element.firstChild, row.label);
  if (row.kind !== "message") return;
  const part = (name) => element.querySelector(name);
  setAttribute(element, "data-sequence", row.sequence);
  setAttribute(element, "data-first", row.first);
  setAttribute(element, "data-last", row.last);
  setAttribute(element, "data-state", row.state);
  drawAvatar(part(".avatar"), { ...row.sender, online: false });
  setText(part(".sender"), row.mine ? "You" : row.sender.name);
  if (row.mine) drawState(part(".state"), part(".trouble"), row);
}

const states = {
  sending: { drawing: "sending", words: "Sending" },
  waiting: { drawing: "sending", words: "Waiting for the connection" },
  sent: { drawing: "sent", words: "Sent" },
};

function drawState(state, trouble, row) {
  trouble.replaceChildren();
  state.replaceChildren();
  if (row.state === "failed") {
    trouble.append(
      `Not sent. ${row.detail} `,
      el("button", { class: "link retry", type: "button", "data-testid": "retry" }, "Try again"),
      " ",
      el("button", { class: "link discard", type: "button", "data-testid": "discard" }, "Delete"),
    );
    return;
  }
  const { drawing, words } = states[row.state];
  state.append(icon(drawing), el("span", { class: "visually-hidden" }, words));
  state.title = words;
}
