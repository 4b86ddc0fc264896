// What is asked in dialogs about a poll: making one, one more choice, closing it.
import { choiceOf, choiceRow } from "./choicefields.js";
import { ask } from "./dialogs.js";
import { $, el, setText } from "./dom.js";
import { fewestChoices, mostChoices } from "./polls.js";
import { clockFieldsOf, daysAfter, viewerZone } from "./when.js";
import { fillZones } from "./whenfields.js";

const questions = {
  reschedule: "When shall we meet?",
  relocate: "Where shall we meet?",
  generic: "",
};

// askNewPoll makes a poll about a meetup and calls made with its id.
export function askNewPoll({ api, meetup, made }) {
  const dialog = $("new-poll-dialog");
  const form = dialog.querySelector("form");
  form.reset();
  fillZones($("poll-zone"), meetup.timeZone, viewerZone());
  const rows = new ChoiceRows(meetup);
  const { elements } = form;
  let suggested = "";
  const draw = () => {
    const type = elements.type.value;
    $("poll-zone-field").hidden = type !== "reschedule";
    if (elements.description.value === suggested) elements.description.value = questions[type];
    suggested = questions[type];
    rows.begin(type);
  };
  for (const radio of elements.type) radio.onchange = draw;
  $("more-choices").onclick = () => rows.add();
  draw();
  ask(dialog, async (data) => {
    const { pollId } = await api.command("create-poll", {
      meetupId: meetup.id,
      type: data.get("type"),
      description: data.get("description").trim(),
      choices: rows.choices(data.get("timeZone")),
      ...deadlineOf(data),
    });
    made(pollId);
  });
}

// ChoiceRows are the fields of the choices, 2 to 20. Dates begin on the days after the
// meetup's, at its time.
class ChoiceRows {
  #place = $("choice-rows");
  #meetup;
  #type;

  constructor(meetup) {
    this.#meetup = meetup;
  }

  begin(type) {
    this.#type = type;
    this.#place.replaceChildren();
    for (let number = 1; number <= fewestChoices; number++) this.add();
  }

  add() {
    const number = this.#place.children.length + 1;
    const row = choiceRow(this.#type, {
      number,
      ...startOf(this.#meetup, number),
      remove: number > fewestChoices && ((removed) => this.#remove(removed)),
    });
    this.#place.append(row);
    if (number > fewestChoices) row.querySelector("input").focus();
    $("more-choices").hidden = number >= mostChoices;
  }

  #remove(row) {
    row.remove();
    $("more-choices").hidden = false;
    $("more-choices").focus();
  }

  choices(timeZone) {
    return [...this.#place.children].map((row) => choiceOf(row, timeZone));
  }
}

function startOf({ time, timeZone }, days) {
  const start = clockFieldsOf(time, timeZone);
  return { date: daysAfter(start.date, days), time: start.time };
}

// deadlineOf reads the date and time in the viewer's zone, if there is a date.
function deadlineOf(data) {
  const date = data.get("closesAt");
  if (!date) return {};
  return { closesAt: new Date(`${date}T${data.get("closesAtTime") || "23:59"}`).toISOString() };
}

// askChoice adds a choice to an open poll.
export function askChoice({ api, meetup, poll }) {
  setText($("add-choice-question"), poll.description);
  $("add-choice-zone-field").hidden = poll.type !== "reschedule";
  fillZones($("add-choice-zone"), meetup.timeZone, viewerZone());
  const row = choiceRow(poll.type, startOf(meetup, poll.choices.length + 1));
  $("add-choice-row").replaceChildren(row);
  ask($("add-choice-dialog"), async (data) => {
    const choice = choiceOf(row, data.get("timeZone"));
    await api.command("add-poll-choice", { meetupId: meetup.id, pollId: poll.id, choice });
  });
}

// askClose closes a poll; the organizer may say who wins.
export function askClose({ api, meetup, poll }) {
  const dialog = $("close-poll-dialog");
  const select = dialog.querySelector("select");
  setText($("close-poll-question"), poll.description);
  $("close-poll-winner").hidden = !poll.mayName;
  select.replaceChildren(
    el("option", { value: "" }, "The choice with the most votes"),
    ...poll.choices.map(({ index, words }) => el("option", { value: index }, words)),
  );
  ask(dialog, async (data) => {
    const winner = data.get("choiceIndex");
    const named = winner !== "" && { choiceIndex: Number(winner) };
    await api.command("close-poll", { meetupId: meetup.id, pollId: poll.id, ...named });
  });
}
