// The page of a meetup: the plan, my answer, its polls, who comes, what has happened.
import { act } from "./acting.js";
import { avatar, drawAvatar } from "./avatar.js";
import { $, KeyedList, el, setAttribute, setText } from "./dom.js";
import { fullTime } from "./format.js";
import { answers, countsWords } from "./meetups.js";
import { PollCards } from "./pollcards.js";
import { roomRoute } from "./route.js";
import { briefWords, dateWords, dayWords, monthWords, spanWords, thereWords } from "./when.js";

const states = { yes: "comes", maybe: "may come", no: "does not come", none: "no answer yet" };

export class MeetupView {
  #attendees = new KeyedList($("attendee-list"), createAttendee, updateAttendee);
  #moments = new KeyedList($("moment-list"), createMoment, updateMoment);
  #polls;
  #reveals; // id of the poll to be brought on screen
  #answering; // the buttons of my answer

  // answer(rsvp) answers a promise, as what polls need does (pollcards.js); the others
  // open dialogs.
  constructor({ answer, change, cancel, newPoll, openCalendar, ...pollActions }) {
    this.#polls = new PollCards(pollActions);
    this.#answering = [...document.querySelectorAll("[data-answer]")];
    for (const button of this.#answering) {
      button.addEventListener("click", () =>
        act($("my-answer"), $("answer-problem"), () => answer(button.dataset.answer)),
      );
    }
    $("change-meetup").addEventListener("click", change);
    $("cancel-meetup").addEventListener("click", cancel);
    $("new-poll").addEventListener("click", newPoll);
    $("meetup-calendar").addEventListener("click", openCalendar);
  }

  // clear makes ready for another meetup, or for a poll to be brought on screen.
  clear(pollId) {
    setText($("answer-problem"), "");
    this.#reveals = pollId;
    if (!pollId) $("meetup-scroll").scrollTop = 0;
  }

  // render draws a meetup; back is where the way back leads.
  render({ meetup, attendees, polls, moments }, { roomTitle, back, viewer, now }) {
    setText($("meetup-title"), meetup.name);
    setText($("meetup-subtitle"), `planned by ${meetup.organized ? "you" : meetup.organizer.name}`);
    $("meetup-back").href = back;
    $("meetup-room").href = roomRoute(meetup.roomId);
    $("meetup-room").hidden = !roomTitle;
    $("meetup-room").title = `The room ${roomTitle}`;
    this.#renderPlan(meetup, viewer, now);
    this.#renderAnswer(meetup);
    $("new-poll").hidden = meetup.cancelled;
    this.#polls.render(polls, (time) => briefWords(time, viewer, now));
    setText($("attendees-counts"), countsWords(meetup.counts));
    this.#attendees.render(attendees);
    this.#moments.render(moments.map((moment) => ({ ...moment, when: briefWords(moment.time, viewer, now) })));
    if (this.#reveals && this.#polls.reveal(this.#reveals)) this.#reveals = undefined;
  }

  #renderPlan(meetup, viewer, now) {
    const { time, timeZone, minutes, location, url, imageUrl, cancelled, cancelReason } = meetup;
    $("meetup-cancelled").hidden = !cancelled;
    setText(
      $("meetup-cancelled"),
      cancelReason ? `This meetup is cancelled: ${cancelReason}` : "This meetup is cancelled.",
    );
    setAttribute($("meetup"), "data-cancelled", cancelled);
    setText($("meetup-leaf").querySelector(".leaf-month"), monthWords(time, viewer));
    setText($("meetup-leaf").querySelector(".leaf-day"), dateWords(time, viewer));
    setText($("meetup-day"), dayWords(time, viewer, now));
    setText($("meetup-time"), spanWords(time, minutes, viewer));
    const there = thereWords(time, timeZone, viewer);
    $("meetup-there").hidden = !there;
    setText($("meetup-there"), there);
    drawPlace($("meetup-place"), location, url);
    $("meetup-image").hidden = !imageUrl;
    if (imageUrl && $("meetup-image").getAttribute("src") !== imageUrl) $("meetup-image").src = imageUrl;
    for (const id of ["change-meetup", "cancel-meetup"]) $(id).hidden = cancelled || !meetup.organized;
  }

  #renderAnswer({ cancelled, needsConfirmation, answer }) {
    $("my-answer").hidden = cancelled;
    setAttribute($("my-answer"), "data-unsure", needsConfirmation);
    $("confirm-words").hidden = !needsConfirmation;
    setText(
      $("confirm-words"),
      needsConfirmation ? `The meetup was moved after your “${answers[answer]}”. Please confirm again.` : "",
    );
    for (const button of this.#answering) button.ariaPressed = String(button.dataset.answer === answer);
  }
}

function drawPlace(element, location, url) {
  const drawn = JSON.stringify([location, url]);
  if (element.dataset.drawn === drawn) return;
  element.dataset.drawn = drawn;
  element.replaceChildren(
    url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, location) : location,
  );
}

function createAttendee({ key }) {
  return el(
    "li",
    { class: "attendee", "data-testid": `attendee-${key}` },
    avatar("small"),
    el("span", { class: "person-name" }),
    el("span", { class: "hint" }),
  );
}

function updateAttendee(element, attendee) {
  drawAvatar(element.querySelector(".avatar"), attendee);
  setText(element.querySelector(".person-name"), attendee.mine ? `${attendee.name} (you)` : attendee.name);
  const unsure = attendee.needsConfirmation ? ", to be confirmed" : "";
  setText(element.querySelector(".hint"), states[attendee.rsvp] + unsure);
  setAttribute(element, "data-rsvp", attendee.rsvp);
  setAttribute(element, "data-unsure", attendee.needsConfirmation);
}

function createMoment({ time }) {
  return el(
    "li",
    { title: fullTime(time) },
    el("span", {}),
    el("time", { class: "hint", datetime: time.toISOString() }),
  );
}

function updateMoment(element, { words, when }) {
  setText(element.querySelector("span"), words);
  setText(element.querySelector("time"), when);
}
