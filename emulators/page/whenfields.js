// Fields for a time: a date and a time on the clocks of a zone.
import { el, setText } from "./dom.js";
import { briefWords, clockWords, differs, instantOfFields, localTimeOf, zoneWords, zonesByRegion } from "./when.js";

// fillWhen puts the fields into a form's [data-when]: {date, time, zone} is what they
// hold at first. Where the zone is not the viewer's, the form says what time that is.
export function fillWhen(form, { date = "", time = "", zone, viewer, testId }) {
  const select = el("select", { name: "timeZone", "data-testid": `${testId}-zone` });
  fillZones(select, zone, viewer);
  form
    .querySelector("[data-when]")
    .replaceChildren(
      field("Date", { name: "takesPlaceOn", type: "date", value: date, "data-testid": `${testId}-date` }),
      field("Time", { name: "time", type: "time", value: time, "data-testid": `${testId}-time` }),
      el("label", { class: "wide" }, "As clocks show it in ", select),
    );
  const hint = form.querySelector(".clock-hint");
  const tell = () => setText(hint, hintOf(readFields(form), viewer));
  form.oninput = tell;
  tell();
}

function field(words, attributes) {
  return el("label", {}, `${words} `, el("input", { ...attributes, required: true }));
}

// fillZones lists all zones by region, the viewer's among them, with one chosen.
export function fillZones(select, zone, viewer) {
  const groups = zonesByRegion(zone, viewer).map(({ region, zones }) =>
    el("optgroup", { label: region }, ...zones.map((one) => el("option", { value: one }, zoneLabel(one, viewer)))),
  );
  select.replaceChildren(...groups);
  select.value = zone;
}

function zoneLabel(zone, viewer) {
  const [, ...place] = zone.split("/");
  const words = place.length > 0 ? place.join(", ").replaceAll("_", " ") : zone;
  return zone === viewer ? `${words} (your time)` : words;
}

function readFields(form) {
  const data = new FormData(form);
  return { date: data.get("takesPlaceOn"), time: data.get("time"), zone: data.get("timeZone") };
}

function hintOf({ date, time, zone }, viewer) {
  if (!date || !time) return "";
  const instant = instantOfFields(date, time, zone);
  if (!differs(instant, zone, viewer)) return "";
  return `${clockWords(instant, zone)} in ${zoneWords(zone)} is ${briefWords(instant, viewer, new Date())} for you.`;
}

// whenOf reads the fields as a command takes them.
export function whenOf(data) {
  return { takesPlaceOn: localTimeOf(data.get("takesPlaceOn"), data.get("time")), timeZone: data.get("timeZone") };
}
