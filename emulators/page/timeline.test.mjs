import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { timeline } from "./timeline.js";

const now = new Date(2026, 10, 24, 18, 0);
const at = (day, hour, minute = 0) => new Date(2026, 10, day, hour, minute).toISOString();
const message = (sequence, sender, timestamp) => ({
  id: `m${sequence}`,
  sequence,
  kind: "message",
  sender: { id: sender },
  content: `text ${sequence}`,
  timestamp,
});
const announcement = (sequence, timestamp) => ({
  id: `e${sequence}`,
  sequence,
  kind: "announcement",
  content: "Bob left",
  timestamp,
});
const unsent = (id, change = {}) => ({ id, content: "hi", createdAt: at(24, 17), state: "sending", ...change });

function rowsOf({ items = [], pending = [], newAfter = 0 }) {
  return timeline({ items, pending, me: "ann", person: (id) => ({ id, name: id }), newAfter, now });
}
const shape = (rows) => rows.map((row) => row.label ?? row.sequence ?? row.kind + (row.state ? ` ${row.state}` : ""));

test("days stand above their first item", () => {
  const items = [
    message(1, "bob", at(20, 10)),
    message(2, "bob", at(23, 23, 59)),
    announcement(3, at(24, 0, 1)),
    message(4, "bob", at(24, 9)),
  ];
  assert.deepEqual(shape(rowsOf({ items })), ["Friday 20 November", 1, "Yesterday", 2, "Today", 3, 4]);
});

test("what is new is marked below its day, and only if something was read before", () => {
  const items = [message(4, "bob", at(23, 10)), message(5, "bob", at(24, 10))];
  assert.deepEqual(shape(rowsOf({ items, newAfter: 4 })), ["Yesterday", 4, "Today", "new", 5]);
  assert.deepEqual(shape(rowsOf({ items, newAfter: 5 })), ["Yesterday", 4, "Today", 5]);
  assert.deepEqual(shape(rowsOf({ items: [message(1, "bob", at(24, 10))], newAfter: 0 })), ["Today", 1]);
});

describe("a turn", () => {
  const ends = (items) => rowsOf({ items }).flatMap((row) => (row.kind === "message" ? [[row.first, row.last]] : []));
  for (const [name, items, want] of [
    [
      "is one sender's messages",
      [message(1, "bob", at(24, 9, 0)), message(2, "bob", at(24, 9, 1)), message(3, "bob", at(24, 9, 2))],
      [
        [true, false],
        [false, false],
        [false, true],
      ],
    ],
    [
      "ends with another sender",
      [message(1, "bob", at(24, 9, 0)), message(2, "ann", at(24, 9, 1))],
      [
        [true, true],
        [true, true],
      ],
    ],
    [
      "ends after five minutes",
      [message(1, "bob", at(24, 9, 0)), message(2, "bob", at(24, 9, 5))],
      [
        [true, true],
        [true, true],
      ],
    ],
    [
      "ends with an announcement",
      [message(1, "bob", at(24, 9)), announcement(2, at(24, 9)), message(3, "bob", at(24, 9))],
      [
        [true, true],
        [true, true],
      ],
    ],
    [
      "ends with the day",
      [message(1, "bob", at(23, 23, 59)), message(2, "bob", at(24, 0, 1))],
      [
        [true, true],
        [true, true],
      ],
    ],
  ]) {
    test(name, () => assert.deepEqual(ends(items), want));
  }
});

describe("a pending message", () => {
  test("is shown after the items, as mine", () => {
    const rows = rowsOf({
      items: [message(1, "bob", at(24, 9))],
      pending: [unsent("a"), unsent("b", { state: "failed", detail: "No." })],
    });
    assert.deepEqual(shape(rows), ["Today", 1, "message sending", "message failed"]);
    assert.equal(rows.at(-1).mine, true);
    assert.equal(rows.at(-1).detail, "No.");
  });

  test("is not shown twice when its item is there, and keeps its key", () => {
    const items = [message(1, "ann", at(24, 9))];
    const key = rowsOf({ pending: [unsent("m1")] }).at(-1).key;
    const rows = rowsOf({ items, pending: [unsent("m1")] });
    assert.deepEqual(shape(rows), ["Today", 1]);
    assert.equal(rows.at(-1).key, key);
  });

  test("is not shown once it is accepted below the items shown", () => {
    const items = [message(7, "bob", at(24, 9))];
    assert.deepEqual(shape(rowsOf({ items, pending: [unsent("a", { state: "sent", sequence: 6 })] })), ["Today", 7]);
    assert.deepEqual(shape(rowsOf({ items, pending: [unsent("a", { state: "sent", sequence: 8 })] })), [
      "Today",
      7,
      "message sent",
    ]);
  });
});

test("what is announced of a meetup leads to it, and of a poll to the poll", () => {
  const linkOf = (announced) =>
    rowsOf({ items: [{ ...announcement(1, at(24, 9)), announcement: announced }] }).at(-1).link;
  const about = { meetupId: "m", pollId: "p" };
  const theMeetup = { href: "#/meetups/m", words: "See the meetup" };
  assert.equal(linkOf(undefined), undefined);
  assert.equal(linkOf({ kind: "user-joined", arguments: { userId: "bob" } }), undefined);
  assert.deepEqual(linkOf({ kind: "meetup-created", arguments: { meetupId: "m" } }), theMeetup);
  assert.deepEqual(linkOf({ kind: "meetup-rescheduled", arguments: about }), theMeetup);
  const thePoll = { href: "#/meetups/m/polls/p", words: "See the poll" };
  assert.deepEqual(linkOf({ kind: "poll-closed", arguments: about }), thePoll);
});
