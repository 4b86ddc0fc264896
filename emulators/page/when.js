// Times of meetups: each on the clocks of a place, shown on those of the viewer. Pure.
// A time is {takesPlaceOn, timeZone, localTime} as in the documents: the instant as it
// was decided, the zone, and what its clocks showed then.
import { locale } from "./format.js";

const minute = 60_000; // milliseconds
const day = 24 * 60 * minute;
const formats = new Map(); // language, zone and parts -> format; making one is slow

// viewerZone is the zone of this browser.
export function viewerZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function format(zone, parts, language = locale) {
  const key = `${language} ${zone} ${JSON.stringify(parts)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, { ...parts, timeZone: zone }));
  return formats.get(key);
}

// known reports whether this browser knows a zone: the server's list may be newer.
function known(zone) {
  try {
    return Boolean(format(zone, {}));
  } catch {
    return false;
  }
}

// instantOf is the moment at which the zone's clocks show the local time. That is what
// was agreed on: where the rules of a zone have changed since, the instant has moved. Of a
// time that the clocks show twice, it is the one closer to what was decided.
export function instantOf({ takesPlaceOn, timeZone, localTime }) {
  const decided = new Date(takesPlaceOn);
  if (!known(timeZone)) return decided;
  const agreed = Date.parse(`${localTime.slice(0, 16)}Z`);
  if (clockOf(decided, timeZone) === agreed) return decided;
  const distance = (time) => Math.abs(time - decided);
  return readings(agreed, timeZone).reduce((best, time) => (distance(time) < distance(best) ? time : best));
}

// readings are the moments at which the clocks of a zone show a time, given as if it were
// in UTC: the earlier first where they show it twice. A time that they skip comes as much
// later as they skip. No zone changes its clocks twice in two days, so the clocks are as
// they were a day before, or as they are a day after.
function readings(shown, zone) {
  const ahead = (time) => clockOf(time, zone) - time;
  const [before, after] = [shown - ahead(shown - day), shown - ahead(shown + day)];
  const times = [before, after].filter((time) => clockOf(time, zone) === shown);
  return (times.length > 0 ? times : [before]).map((time) => new Date(time));
}

const clockParts = {
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  hourCycle: "h23",
};

// clockOf is what the clocks of a zone show, as if it were in UTC.
function clockOf(time, zone) {
  const shown = format(zone, clockParts, "en-US").formatToParts(time);
  const part = (type) => Number(shown.find((one) => one.type === type).value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
}

const yearOf = (time, zone) => format(zone, { year: "numeric" }).format(time);
const dayOf = (time, zone) => format(zone, { dateStyle: "short" }).format(time);

// clockWords is the time of the day: 19:30.
export function clockWords(time, zone) {
  return format(zone, { timeStyle: "short" }).format(time);
}

// monthWords and dateWords are what a leaf of a calendar shows: Nov, 28.
export const monthWords = (time, zone) => format(zone, { month: "short" }).format(time);
export const dateWords = (time, zone) => format(zone, { day: "numeric" }).format(time);

// dayWords is the day, with its year if it is not this one: Saturday 28 November.
export function dayWords(time, zone, now) {
  const year = yearOf(time, zone) === yearOf(now, zone) ? undefined : "numeric";
  return format(zone, { weekday: "long", day: "numeric", month: "long", year }).format(time);
}

// briefWords is day and time, as short as they can be: Sat 28 Nov, 19:30.
export function briefWords(time, zone, now) {
  const year = yearOf(time, zone) === yearOf(now, zone) ? undefined : "numeric";
  const day = format(zone, { weekday: "short", day: "numeric", month: "short", year }).format(time);
  return `${day}, ${clockWords(time, zone)}`;
}

// spanWords is a time and, where it has one, its end: 19:30 to 21:00, with the day of
// the end if it is another.
export function spanWords(time, minutes, zone) {
  if (!minutes) return clockWords(time, zone);
  const end = new Date(time.getTime() + minutes * minute);
  const day = dayOf(end, zone) === dayOf(time, zone) ? "" : `${format(zone, { weekday: "short" }).format(end)} `;
  return `${clockWords(time, zone)} to ${day}${clockWords(end, zone)}`;
}

// differs reports whether the clocks of two zones show different times at an instant.
export function differs(time, zone, other) {
  return known(zone) && clockOf(time, zone) !== clockOf(time, other);
}

// thereWords is the time on the clocks of the meetup, with the day if it is another
// than the viewer's, or "" when it is the same: 13:30 in New York.
export function thereWords(time, zone, viewer) {
  if (!differs(time, zone, viewer)) return "";
  const sameDay = dayOf(time, zone) === dayOf(time, viewer);
  const day = sameDay ? "" : `${format(zone, { weekday: "short", day: "numeric", month: "short" }).format(time)}, `;
  return `${day}${clockWords(time, zone)} in ${zoneWords(zone)}`;
}

// settingWords is a time in a sentence, the meetup's in brackets if it differs.
export function settingWords(setting, viewer, now) {
  const time = instantOf(setting);
  const there = thereWords(time, setting.timeZone, viewer);
  return briefWords(time, viewer, now) + (there && ` (${there})`);
}

// zoneWords is what a zone is called among people: New York.
export function zoneWords(zone) {
  return zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
}

// fieldsOf gives a local time as date and time fields hold it.
export function fieldsOf(localTime) {
  return { date: localTime.slice(0, 10), time: localTime.slice(11, 16) };
}

// localTimeOf is the opposite: a time without an offset, to be read off a zone's clocks.
export function localTimeOf(date, time) {
  return `${date}T${time}:00`;
}

// instantOfFields is the moment at which a zone's clocks show what the fields hold, the
// earlier of two. Where this browser does not know the zone, it is taken for UTC.
export function instantOfFields(date, time, zone) {
  const shown = Date.parse(`${localTimeOf(date, time)}Z`);
  return known(zone) ? readings(shown, zone)[0] : new Date(shown);
}

// clockFieldsOf gives an instant as date and time fields hold it, on a zone's clocks.
export function clockFieldsOf(time, zone) {
  return fieldsOf(new Date(clockOf(time, zone)).toISOString());
}

// daysAfter is a date some days later, however long these are.
export function daysAfter(date, days) {
  const later = new Date(`${date}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return later.toISOString().slice(0, 10);
}

// zonesByRegion lists the zones to choose from, {region, zones}, those given among them.
export function zonesByRegion(...given) {
  const regions = new Map();
  for (const zone of new Set([...Intl.supportedValuesOf("timeZone"), "UTC", ...given])) {
    const region = zone.includes("/") ? zone.slice(0, zone.indexOf("/")) : "Other";
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [...regions].map(([region, zones]) => ({ region, zones: zones.sort() }));
}
