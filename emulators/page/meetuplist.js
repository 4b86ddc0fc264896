// The list of meetups: those of a room, or all of mine, upcoming or past.
import { $, KeyedList, el, setAttribute, setText } from "./dom.js";
import { answers, countsWords, past, upcoming } from "./meetups.js";
import { meetupRoute, roomRoute } from "./route.js";
import { dateWords, dayWords, monthWords, spanWords, thereWords } from "./when.js";

const none = {
  upcoming: {
    title: "Nothing planned",
    words: "Plan something: a time and a place will do, and a poll can settle both.",
  },
  past: { title: "Nothing yet", words: "Here is where meetups are found afterwards." },
};

export class MeetupList {
  #rows = new KeyedList($("meetup-list"), createRow, updateRow);
  #showsPast = false;

  // changed is called when the other meetups are to be shown.
  constructor({ newMeetup, openCalendar, changed }) {
    for (const id of ["new-meetup", "first-meetup"]) $(id).addEventListener("click", newMeetup);
    $("calendar").addEventListener("click", openCalendar);
    const choose = (showsPast) => () => {
      this.#showsPast = showsPast;
      changed();
    };
    $("meetups-upcoming").addEventListener("click", choose(false));
    $("meetups-past").addEventListener("click", choose(true));
  }

  // clear begins with what is upcoming again.
  clear() {
    this.#showsPast = false;
  }

  // render draws the meetups; room is the one whose meetups they are, if they are one's.
  render(meetups, { room, titleOf, complete, viewer, now }) {
    setText($("meetups-title"), "Meetups");
    setText($("meetups-subtitle"), room ? `in ${room.title}` : "in all your rooms");
    setAttribute($("meetups-back"), "href", room ? roomRoute(room.id) : "#/");
    setAttribute($("meetups-back"), "data-always", Boolean(room));
    $("meetups-upcoming").ariaPressed = String(!this.#showsPast);
    $("meetups-past").ariaPressed = String(this.#showsPast);
    const shown = this.#showsPast ? past(meetups) : upcoming(meetups);
    this.#rows.render(shown.map((meetup) => rowOf(meetup, room ? "" : titleOf(meetup.roomId), viewer, now)));
    $("no-meetups").hidden = !complete || shown.length > 0;
    const { title, words } = this.#showsPast ? none.past : none.upcoming;
    setText($("no-meetups-title"), title);
    setText($("no-meetups-words"), words);
    $("first-meetup").hidden = this.#showsPast;
  }
}

function rowOf(meetup, roomTitle, viewer, now) {
  const { id, name, time, timeZone, minutes, location, cancelled, counts, alerts } = meetup;
  const there = thereWords(time, timeZone, viewer);
  return {
    key: id,
    name,
    month: monthWords(time, viewer),
    date: dateWords(time, viewer),
    when: `${dayWords(time, viewer, now)}, ${spanWords(time, minutes, viewer)}${there && ` (${there})`}`,
    where: roomTitle && roomTitle !== name ? `${location} · ${roomTitle}` : location,
    counts: countsWords(counts),
    cancelled,
    state: stateOf(meetup),
    waits: !cancelled && !meetup.over && (alerts.length > 0 || meetup.needsConfirmation || meetup.answer === "none"),
  };
}

// stateOf is the most important about a meetup for me, in a word or two.
function stateOf({ cancelled, over, alerts, needsConfirmation, answer }) {
  if (cancelled) return "Cancelled";
  if (over) return "";
  if (alerts.length > 0) return "Vote missing";
  if (needsConfirmation) return "Confirm again";
  return answers[answer] ?? "Not answered";
}

function createRow({ key }) {
  return el(
    "li",
    {},
    el(
      "a",
      { class: "meetup-row", href: meetupRoute(key), "data-testid": `meetup-${key}` },
      el(
        "span",
        { class: "leaf", "aria-hidden": "true" },
        el("span", { class: "leaf-month" }),
        el("span", { class: "leaf-day" }),
      ),
      el(
        "span",
        { class: "meetup-row-words" },
        el("span", { class: "meetup-name" }),
        el("span", { class: "meetup-when" }),
        el("span", { class: "meetup-where hint" }),
        el("span", { class: "meetup-counts hint" }),
      ),
      el("span", { class: "chip" }),
    ),
  );
}

function updateRow(element, row) {
  const part = (name) => element.querySelector(name);
  setText(part(".leaf-month"), row.month);
  setText(part(".leaf-day"), row.date);
  setText(part(".meetup-name"), row.name);
  setText(part(".meetup-when"), row.when);
  setText(part(".meetup-where"), row.where);
  setText(part(".meetup-counts"), row.counts);
  setText(part(".chip"), row.state);
  part(".chip").hidden = !row.state;
  setAttribute(part(".chip"), "data-waits", row.waits);
  setAttribute(part(".meetup-row"), "data-cancelled", row.cancelled);
}
