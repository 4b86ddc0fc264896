// What is asked in dialogs about a meetup: planning it, changing it, cancelling it.
import { ask } from "./dialogs.js";
import { $, el, setText } from "./dom.js";
import { fillPicker } from "./picker.js";
import { clockFieldsOf, daysAfter, fieldsOf, viewerZone } from "./when.js";
import { fillWhen, whenOf } from "./whenfields.js";

const nobodyElse = "Nobody else has signed in yet. Open another tab and sign in as somebody.";
const longestLabel = 100; // code points
const durations = [
  [0, "Open end"],
  [30, "Half an hour"],
  [60, "An hour"],
  [90, "An hour and a half"],
  [120, "2 hours"],
  [180, "3 hours"],
  [240, "4 hours"],
  [360, "6 hours"],
  [480, "8 hours"],
  [1440, "A day"],
  [2880, "Two days"],
];

// askNewMeetup plans a meetup, in a room if one is given and chosen, and calls made
// with its id.
export function askNewMeetup({ api, model, room, made }) {
  const dialog = $("new-meetup-dialog");
  const form = dialog.querySelector("form");
  const viewer = viewerZone();
  form.reset();
  fillWhen(form, { ...tomorrowEvening(viewer), zone: viewer, viewer, testId: "new-meetup" });
  fillDurations(form.elements.durationMinutes, 120);
  fillPicker($("new-meetup-people"), model.others(), nobodyElse);
  chooseRoom(form, room);
  ask(dialog, async (data) => {
    const inRoom = data.get("room") === "this";
    const { meetupId } = await api.command("create-meetup", {
      ...settingOf(data),
      ...whenOf(data),
      ...durationOf(data),
      attendeeIds: inRoom ? [] : data.getAll("person"),
      ...(inRoom && { roomId: room.id }),
    });
    made(meetupId);
  });
}

function tomorrowEvening(zone) {
  return { date: daysAfter(clockFieldsOf(new Date(), zone).date, 1), time: "19:00" };
}

// chooseRoom offers the room on screen, whose people all attend, or a new one.
function chooseRoom(form, room) {
  $("new-meetup-where").hidden = !room;
  if (room) setText($("new-meetup-this"), `Everybody in “${room.title}”`);
  form.elements.room.value = room ? "this" : "new";
  const draw = () => ($("new-meetup-picker").hidden = form.elements.room.value === "this");
  $("new-meetup-where").onchange = draw;
  draw();
}

// askChange changes a meetup of mine, only in what is another afterwards.
export function askChange({ api, meetup }) {
  const dialog = $("change-meetup-dialog");
  const form = dialog.querySelector("form");
  form.elements.name.value = meetup.name;
  form.elements.location.value = meetup.location;
  form.elements.url.value = meetup.url ?? "";
  form.elements.imageUrl.value = meetup.imageUrl;
  fillWhen(form, { ...fieldsOf(meetup.localTime), zone: meetup.timeZone, viewer: viewerZone(), testId: "change-meetup" });
  fillDurations(form.elements.durationMinutes, meetup.minutes);
  ask(dialog, async (data) => {
    for (const [name, body] of changesOf(data, meetup)) await api.command(name, { meetupId: meetup.id, ...body });
  });
}

// changesOf are the commands, [name, body], that make a meetup what the fields hold. What
// can be refused for most reasons comes first, so that nothing is saved beside it. A
// picture can be replaced but not taken away: its field left empty asks for nothing.
export function changesOf(data, meetup) {
  const plan = planChange(data, meetup);
  const imageUrl = data.get("imageUrl").trim();
  const changes = [];
  if (Object.keys(plan).length > 0) changes.push(["update-meetup", plan]);
  if (imageUrl && imageUrl !== meetup.imageUrl) changes.push(["change-meetup-image", { imageUrl }]);
  return changes;
}

// planChange is what is another in the plan. A location goes with its place on a map, and
// without one takes the old one away.
function planChange(data, meetup) {
  const before = fieldsOf(meetup.localTime);
  const { name, ...where } = settingOf(data);
  const { durationMinutes = 0 } = durationOf(data);
  const moved =
    data.get("takesPlaceOn") !== before.date ||
    data.get("time") !== before.time ||
    data.get("timeZone") !== meetup.timeZone;
  const relocated = where.location !== meetup.location || where.place?.url !== meetup.url;
  return {
    ...(name !== meetup.name && { name }),
    ...(relocated && where),
    ...(moved && whenOf(data)),
    ...(durationMinutes !== meetup.minutes && { durationMinutes }),
  };
}

// askCancel cancels a meetup of mine after a second thought.
export function askCancel({ api, meetup }) {
  const dialog = $("cancel-meetup-dialog");
  dialog.querySelector("form").reset();
  setText($("cancel-meetup-heading"), `Cancel “${meetup.name}”?`);
  ask(dialog, async (data) => {
    const reason = data.get("reason").trim();
    await api.command("cancel-meetup", { meetupId: meetup.id, ...(reason && { reason }) });
  });
}

function settingOf(data) {
  return { name: data.get("name").trim(), ...whereOf(data.get("location"), data.get("url")) };
}

// whereOf is a location as commands take it, with its place on a map if there is one. The
// label of a place is shorter than a location may be.
export function whereOf(words, address) {
  const location = words.trim();
  const url = address.trim();
  return { location, ...(url && { place: { label: labelOf(location), url } }) };
}

function labelOf(location) {
  return [...location].slice(0, longestLabel).join("").trim();
}

function durationOf(data) {
  const minutes = Number(data.get("durationMinutes"));
  return minutes > 0 ? { durationMinutes: minutes } : {};
}

function fillDurations(select, minutes) {
  const listed = durations.some(([duration]) => duration === minutes);
  const all = listed ? durations : [...durations, [minutes, `${minutes} minutes`]];
  select.replaceChildren(...all.map(([duration, words]) => el("option", { value: duration }, words)));
  select.value = String(minutes);
}
