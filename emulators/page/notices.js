// Notices: above the conversation, what the room's meetups wait for from me.
import { $, KeyedList, el, setText } from "./dom.js";
import { count } from "./format.js";
import { meetupRoute, meetupsRoute } from "./route.js";

const mostShown = 2;

export class Notices {
  #list = $("notices");
  #rows = new KeyedList(this.#list, createRow, updateRow);

  render(notices, roomId) {
    const shown = notices.slice(0, mostShown).map((notice) => ({
      ...notice,
      href: meetupRoute(notice.meetupId, notice.pollId),
      way: notice.pollId ? "Vote" : "Answer",
    }));
    const more = notices.length - shown.length;
    if (more > 0) {
      shown.push({
        key: "more",
        lead: `and ${count(more, "more question")}`,
        words: "",
        href: meetupsRoute(roomId),
        way: "Show",
      });
    }
    this.#list.hidden = shown.length === 0;
    this.#rows.render(shown);
  }
}

function createRow() {
  return el(
    "li",
    { class: "notice-row", "data-testid": "room-notice" },
    el(
      "a",
      { "data-testid": "notice-link" },
      el("span", { class: "notice-words" }, el("strong", {}), " ", el("span", {})),
      el("span", { class: "notice-way" }),
    ),
  );
}

function updateRow(element, { lead, words, href, way }) {
  const link = element.querySelector("a");
  link.href = href;
  setText(link.querySelector("strong"), lead);
  setText(link.querySelector(".notice-words > span"), words);
  setText(link.querySelector(".notice-way"), way);
}
