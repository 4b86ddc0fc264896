// The timeline: what a room shows, row by row. Pure.
import { dayLabel } from "./format.js";
import { meetupRoute } from "./route.js";

const groupedWithin = 5 * 60_000; // milliseconds between messages that still look like one turn

// timeline turns items, in rising sequence, and messages not yet accepted into rows:
// {kind: "day" | "new" | "announcement" | "message", key, …}. A message knows whether
// it is the first and the last of a turn of its sender. A pending message keeps its
// key when its item arrives, so that it is never shown twice and does not flicker.
export function timeline({ items, pending, me, person, newAfter, now }) {
  const arrived = new Set(items.map((item) => item.id));
  const last = items.at(-1)?.sequence;
  const waiting = pending.filter(({ id, sequence }) => !arrived.has(id) && !(sequence <= last));
  const rows = [];
  let day;
  const add = (row) => {
    const label = dayLabel(row.time, now);
    if (label !== day) rows.push({ kind: "day", key: `day-of-${row.key}`, label });
    day = label;
    if (newAfter > 0 && row.sequence === newAfter + 1) rows.push({ kind: "new", key: "new" });
    rows.push(row);
  };
  for (const item of items) {
    add(item.kind === "announcement" ? announcementRow(item) : messageRow(item, me, person));
  }
  for (const message of waiting) add(pendingRow(message, me, person));
  return markTurns(rows);
}

function announcementRow(item) {
  return {
    kind: "announcement",
    key: item.id,
    sequence: item.sequence,
    time: new Date(item.timestamp),
    text: item.content,
    link: linkOf(item.announcement),
  };
}

// linkOf leads from what was announced to the meetup, or the poll, that it is about.
function linkOf({ kind = "", arguments: { meetupId, pollId } = {} } = {}) {
  if (!meetupId) return undefined;
  if (kind.startsWith("poll-")) return { href: meetupRoute(meetupId, pollId), words: "See the poll" };
  return { href: meetupRoute(meetupId), words: "See the meetup" };
}

function messageRow(item, me, person) {
  return {
    kind: "message",
    key: item.id,
    sequence: item.sequence,
    time: new Date(item.timestamp),
    text: item.content,
    mine: item.sender?.id === me,
    sender: person(item.sender?.id),
    state: "sent",
  };
}

function pendingRow(message, me, person) {
  return {
    kind: "message",
    key: message.id,
    time: new Date(message.createdAt),
    text: message.content,
    mine: true,
    sender: person(me),
    state: message.state,
    detail: message.detail,
  };
}

function markTurns(rows) {
  return rows.map((row, index) => {
    if (row.kind !== "message") return row;
    return { ...row, first: !sameTurn(rows[index - 1], row), last: !sameTurn(row, rows[index + 1]) };
  });
}

function sameTurn(earlier, later) {
  return (
    earlier?.kind === "message" &&
    later?.kind === "message" &&
    earlier.sender.id === later.sender.id &&
    later.time - earlier.time < groupedWithin
  );
}
