// How names, times and texts are written. Pure; times are in this browser's zone.

// The page is in English, so are its dates; a reader of another language gets the
// English of Great Britain, whose dates and 24 hours more of the world shares.
const language = globalThis.navigator?.language ?? "";
export const locale = language.startsWith("en") ? language : "en-GB";

const formatter = (options) => {
  const format = new Intl.DateTimeFormat(locale, options);
  return (time) => format.format(time);
};
const clock = formatter({ hour: "2-digit", minute: "2-digit" });
const weekday = formatter({ weekday: "short" });
const longDay = formatter({ weekday: "long", day: "numeric", month: "long" });
const longDayAndYear = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const shortDay = formatter({ day: "numeric", month: "short" });
const shortDayAndYear = formatter({ day: "numeric", month: "short", year: "numeric" });
const full = formatter({ dateStyle: "full", timeStyle: "short" });

// daysBetween counts the midnights from one time to a later one, whatever the
// length of those days: the calendar days are compared as if they were in UTC.
function daysBetween(earlier, later) {
  const midnight = (time) => Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
  return Math.round((midnight(later) - midnight(earlier)) / 86_400_000);
}

const sameYear = (a, b) => a.getFullYear() === b.getFullYear();

// timeOfDay is the time of a message: 14:05.
export const timeOfDay = clock;

// fullTime is everything about a time, for a tooltip.
export const fullTime = full;

// dayLabel names a day above its messages: Today, Yesterday, Monday 23 November.
export function dayLabel(time, now) {
  const days = daysBetween(time, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return sameYear(time, now) ? longDay(time) : longDayAndYear(time);
}

// briefTime says when the latest happened, as short as it can: 14:05, Yesterday,
// Mon, 3 Nov, 3 Nov 2025.
export function briefTime(time, now) {
  const days = daysBetween(time, now);
  if (days <= 0) return clock(time);
  if (days === 1) return "Yesterday";
  if (days < 7) return weekday(time);
  return sameYear(time, now) ? shortDay(time) : shortDayAndYear(time);
}

// initials are one or two letters that stand for a name.
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = (words.length > 1 ? [words[0], words.at(-1)] : words).map(firstLetter);
  return letters.join("") || "?";
}

// firstLetter is the first character as people see it: an emoji or an accented
// letter may be several code points.
function firstLetter(word) {
  const [first] = new Intl.Segmenter().segment(word);
  return first.segment.toLocaleUpperCase(locale);
}

// colourOf picks one of the avatar colours of the style sheet, always the same for an id.
export function colourOf(id, colours = 8) {
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of id) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % colours;
}

// count words a number of things: 1 member, 3 members.
export function count(number, thing) {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

const address = /https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}]/g;

// segments splits a text into plain parts and web addresses ({text, href}).
export function segments(text) {
  const parts = [];
  let end = 0;
  for (const { 0: href, index } of text.matchAll(address)) {
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: href, href });
    end = index + href.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

// isEmojiOnly tells a message of one to three emoji, which is shown large.
export function isEmojiOnly(text) {
  return /^(\p{RGI_Emoji}\s*){1,3}$/v.test(text);
}
