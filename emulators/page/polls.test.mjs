import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meetup, person } from "./fakes.mjs";
import { pollsOf } from "./polls.js";

const now = new Date("2026-11-25T12:00:00Z");
const poll = (more = {}) => ({
  id: "p",
  type: "generic",
  description: "Which cake?",
  status: "active",
  creatorId: "bob",
  participantIds: ["ann", "bob", "cleo"],
  choices: [{ text: "Apple" }, { text: "Plum" }],
  votes: [{ userId: "bob", choiceIndex: 1 }],
  createdAt: "2026-11-25T10:00:00.000Z",
  ...more,
});
const shown = (me, polls, more = {}) =>
  pollsOf(meetup({ polls, ...more }), { me, person, viewer: "Europe/Berlin", now });
const names = (people) => people.map(({ name }) => name);

describe("an open poll", () => {
  test("shows who voted for what, whose votes are missing, and whether mine is", () => {
    const [mine] = shown("bob", [poll()]);
    assert.deepEqual(
      mine.choices.map(({ words, voters, mine }) => [words, names(voters), mine]),
      [
        ["Apple", [], false],
        ["Plum", ["Bob"], true],
      ],
    );
    assert.deepEqual(names(mine.missing), ["Ann", "Cleo"]);
    assert.deepEqual([mine.voted, mine.votes, mine.people], [true, 1, 3]);
    assert.equal(shown("cleo", [poll()])[0].voted, false);
  });

  for (const [who, mayClose, mayName] of [
    ["ann", true, true],
    ["bob", true, false],
    ["cleo", false, false],
  ]) {
    test(`may ${mayClose ? "" : "not "}be closed by ${person(who).name}, with${mayName ? "" : "out"} naming the winner`, () => {
      const [{ mayClose: closes, mayName: names }] = shown(who, [poll()]);
      assert.deepEqual([closes, names], [mayClose, mayName]);
    });
  }

  test("takes one more choice until there are 20", () => {
    const choices = (number) => Array.from({ length: number }, (_, index) => ({ text: `Cake ${index}` }));
    assert.equal(shown("cleo", [poll({ choices: choices(19) })])[0].mayAdd, true);
    assert.equal(shown("cleo", [poll({ choices: choices(20) })])[0].mayAdd, false);
  });

  test("tells times on the viewer's clocks and the meetup's, and places with their map", () => {
    const date = {
      takesPlaceOn: "2026-11-29T18:00:00.000Z",
      timeZone: "America/New_York",
      localTime: "2026-11-29T13:00:00-05:00",
    };
    const place = { location: "Zoo", place: { label: "Zoo", url: "https://maps.example/zoo" } };
    const [relocate, reschedule] = shown("ann", [
      poll({ type: "reschedule", choices: [date] }),
      poll({ id: "q", type: "relocate", choices: [place] }),
    ]);
    assert.match(reschedule.choices[0].words, /^Sun,? 29 Nov, 19:00$/);
    assert.equal(reschedule.choices[0].there, "13:00 in New York");
    assert.deepEqual([relocate.choices[0].words, relocate.choices[0].url], ["Zoo", "https://maps.example/zoo"]);
  });
});

test("polls of two meetups with the same id are told apart", () => {
  const [one] = shown("ann", [poll()], { id: "1" });
  const [other] = shown("ann", [poll()], { id: "2" });
  assert.deepEqual([one.id, one.id === other.id, one.key === other.key], ["p", true, false]);
});

describe("a closed poll", () => {
  const closed = (type, outcome) =>
    poll({ type, status: "closed", outcome: { tie: false, applied: false, ...outcome } });
  const outcome = (type, how) => shown("ann", [closed(type, how)])[0].outcome;
  const plum = { choiceIndex: 1, choice: { text: "Plum" } };

  test("takes no votes, and shows what won", () => {
    const [ended] = shown("ann", [closed("generic", { ...plum, reason: "everyone-voted" })]);
    assert.deepEqual([ended.takesVotes, ended.mayAdd, ended.mayClose], [false, false, false]);
    assert.deepEqual(
      ended.choices.map(({ won }) => won),
      [false, true],
    );
    assert.deepEqual(ended.missing, []);
  });

  for (const [type, how, words] of [
    ["generic", { ...plum, reason: "everyone-voted" }, "Everybody has voted. “Plum” won."],
    ["generic", { choiceIndex: null, reason: "closed" }, "It was closed by hand. Nobody voted."],
    [
      "relocate",
      { choiceIndex: 0, choice: { location: "Zoo" }, reason: "deadline", tie: true, applied: true },
      "Its time was over. “Zoo” won. Others had as many votes; this one had them first. The place has changed.",
    ],
    [
      "reschedule",
      { choiceIndex: null, reason: "deadline" },
      "Its time was over. Nobody voted. The meetup stays as it was.",
    ],
  ]) {
    test(`says: ${words}`, () => assert.equal(outcome(type, how), words));
  }
});

test("polls of a cancelled meetup take no votes", () => {
  assert.equal(shown("ann", [poll()], { status: "cancelled" })[0].takesVotes, false);
});

test("polls are listed with the open ones first, each time the newest first", () => {
  const outcome = { choiceIndex: null, reason: "closed", tie: false, applied: false };
  const polls = [poll({ id: "1" }), poll({ id: "2", status: "closed", outcome }), poll({ id: "3" })];
  assert.deepEqual(
    shown("ann", polls).map(({ id }) => id),
    ["3", "1", "2"],
  );
});
