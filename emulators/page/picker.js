// The people picker: a list of people to tick, used by a new room and by inviting.
import { avatar, drawAvatar } from "./avatar.js";
import { el } from "./dom.js";

// fillPicker lists people in a fieldset's .people; the ids ticked are in the form's
// data under "person".
export function fillPicker(list, people, nobody) {
  if (people.length === 0) {
    list.replaceChildren(el("p", { class: "hint" }, nobody));
    return;
  }
  list.replaceChildren(...people.map(option));
}

function option(person) {
  return el(
    "label",
    { class: "person-option", "data-testid": `person-option-${person.id}` },
    drawAvatar(avatar("small"), person),
    el("span", { class: "person-name" }, person.name),
    el("input", { type: "checkbox", name: "person", value: person.id }),
  );
}
