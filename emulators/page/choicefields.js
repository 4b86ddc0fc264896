// Fields for the choices of a poll: texts, times or places, by its type.
import { whereOf } from "./meetupdialogs.js";
import { el, icon } from "./dom.js";
import { localTimeOf } from "./when.js";

let made = 0;

// choiceRow makes the fields of one choice; {date, time} is what a time begins with.
// Without remove it stays.
export function choiceRow(type, { number, date, time, remove }) {
  const id = `choice-${made++}`;
  const words = number ? `Choice ${number}` : "The choice";
  const row = el(
    "div",
    { class: "choice-row", role: "group", "aria-label": words, "data-testid": "choice-row" },
    ...fieldsFor(type, id, { date, time }),
  );
  if (remove) {
    const label = "Leave this choice out";
    row.append(
      el(
        "button",
        { class: "icon-button", type: "button", "aria-label": label, title: label, click: () => remove(row) },
        icon("close"),
      ),
    );
  }
  return row;
}

function fieldsFor(type, id, { date, time }) {
  const input = (name, label, attributes) =>
    el("input", { id: `${id}-${name}`, "data-part": name, "aria-label": label, required: true, ...attributes });
  switch (type) {
    case "reschedule":
      return [
        input("date", "Date", { type: "date", value: date, "data-testid": "choice-date" }),
        input("time", "Time", { type: "time", value: time, "data-testid": "choice-time" }),
      ];
    case "relocate":
      return [
        input("location", "Place", { placeholder: "Place", maxlength: 200, "data-testid": "choice-location" }),
        input("url", "Link to a map", {
          type: "url",
          pattern: "https://.*",
          maxlength: 2048,
          placeholder: "Map: https://…",
          required: false,
        }),
      ];
    default:
      return [input("text", "Answer", { placeholder: "Answer", maxlength: 200, "data-testid": "choice-text" })];
  }
}

// choiceOf reads the fields as commands take them.
export function choiceOf(row, timeZone) {
  const part = (name) => row.querySelector(`[data-part=${name}]`)?.value.trim();
  if (part("date")) return { takesPlaceOn: localTimeOf(part("date"), part("time")), timeZone };
  if (part("location")) return whereOf(part("location"), part("url"));
  return { text: part("text") };
}
