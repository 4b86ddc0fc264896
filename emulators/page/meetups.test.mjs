import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meetup, person } from "./fakes.mjs";
import { attendeesOf, countsWords, listOf, meetupOf, noticesOf, past, upcoming } from "./meetups.js";
import { momentsOf } from "./moments.js";

const context = { me: "ann", person, viewer: "Europe/Berlin", now: new Date("2026-11-25T12:00:00Z") };
const at = (id, takesPlaceOn, more = {}) =>
  meetup({ id, takesPlaceOn, timeZone: "UTC", localTime: takesPlaceOn.replace(".000Z", "Z"), ...more });
const ids = (meetups) => meetups.map(({ id }) => id);

describe("the list of meetups", () => {
  const meetups = listOf(
    [
      at("b", "2026-11-30T10:00:00.000Z"),
      at("a", "2026-11-30T10:00:00.000Z", { status: "cancelled" }),
      at("next", "2026-11-26T10:00:00.000Z"),
      at("running", "2026-11-25T11:30:00.000Z", { durationMinutes: 60 }),
      at("over", "2026-11-25T10:30:00.000Z", { durationMinutes: 60 }),
      at("begun", "2026-11-25T11:59:00.000Z"),
      at("long-ago", "2020-01-01T10:00:00.000Z"),
    ],
    context,
  );

  test("has as upcoming what has not ended, the next one first, cancelled ones too", () => {
    assert.deepEqual(ids(upcoming(meetups)), ["running", "next", "a", "b"]);
  });

  test("has as past the others, the last one first", () => {
    assert.deepEqual(ids(past(meetups)), ["begun", "over", "long-ago"]);
  });
});

test("a meetup shows my answer, and who else has answered what", () => {
  const document = meetup({
    attendees: [
      { id: "bob", rsvp: "yes", needsConfirmation: true },
      { id: "ann", rsvp: "maybe", needsConfirmation: true },
    ],
  });
  const { answer, needsConfirmation, organized, organizer } = meetupOf(document, context);
  assert.deepEqual([answer, needsConfirmation, organized, organizer.name], ["maybe", true, true, "Ann"]);
  assert.deepEqual(
    attendeesOf(document, context).map(({ name, rsvp, mine }) => [name, rsvp, mine]),
    [
      ["Bob", "yes", false],
      ["Ann", "maybe", true],
    ],
  );
});

describe("what meetups wait for from me", () => {
  const leads = (...documents) => noticesOf(listOf(documents, context)).map(({ lead, words }) => `${lead} ${words}`);
  const answered = (rsvp, needsConfirmation = false) => ({ attendees: [{ id: "ann", rsvp, needsConfirmation }] });
  const alert = (userIds) => ({ type: "pending-poll", pollId: "p", description: "Which cake?", userIds });

  test("is a vote that only I have to give, then an answer to be confirmed, then an answer", () => {
    assert.deepEqual(
      leads(
        meetup({ id: "1", name: "Silent" }),
        meetup({ id: "2", name: "Moved", ...answered("yes", true) }),
        meetup({ id: "3", name: "Asked", ...answered("yes"), alerts: [alert(["bob", "ann"])] }),
        meetup({ id: "4", name: "Others asked", ...answered("no"), alerts: [alert(["bob"])] }),
      ),
      [
        "Your vote is missing: Which cake? · Asked",
        "It was moved, are you still coming? Moved",
        "Are you coming? Silent",
      ],
    );
  });

  test("leads to the poll", () => {
    const [notice] = noticesOf(listOf([meetup({ ...answered("yes"), alerts: [alert(["ann"])] })], context));
    assert.deepEqual([notice.meetupId, notice.pollId], ["m", "p"]);
  });

  test("is told apart where polls of two meetups have the same id", () => {
    const asked = (id) => meetup({ id, ...answered("yes"), alerts: [alert(["ann"])] });
    const [one, other] = noticesOf(listOf([asked("1"), asked("2")], context));
    assert.deepEqual([one.pollId, one.pollId === other.pollId, one.key === other.key], ["p", true, false]);
  });

  test("is no answer to what is over or cancelled", () => {
    assert.deepEqual(leads(at("over", "2026-11-01T10:00:00.000Z"), meetup({ status: "cancelled" })), []);
  });
});

test("counts are told in words, without those that are nobody's", () => {
  assert.equal(countsWords({ yes: 2, no: 0, maybe: 1, none: 1 }), "2 yes, 1 maybe, 1 has not answered");
  assert.equal(countsWords({ yes: 0, no: 1, maybe: 0, none: 2 }), "1 no, 2 have not answered");
});

test("the history says who moved what from where to where, and by which poll, the newest first", () => {
  const setting = (day) => ({
    takesPlaceOn: `2026-11-${day}T18:30:00.000Z`,
    timeZone: "Europe/Berlin",
    localTime: `2026-11-${day}T19:30:00+01:00`,
  });
  const document = meetup({
    polls: [{ id: "p", description: "When?", choices: [], votes: [], participantIds: [] }],
    history: [
      { kind: "created", at: "2026-11-20T10:00:00.000Z", actorId: "ann" },
      {
        kind: "relocated",
        at: "2026-11-21T10:00:00.000Z",
        actorId: "ann",
        from: { location: "Lake" },
        to: { location: "Zoo" },
      },
      { kind: "updated", at: "2026-11-22T10:00:00.000Z", actorId: "ann" },
      { kind: "rescheduled", at: "2026-11-23T10:00:00.000Z", pollId: "p", from: setting(28), to: setting(29) },
      { kind: "cancelled", at: "2026-11-24T10:00:00.000Z", actorId: "ann", reason: "Rain." },
    ],
  });
  const words = momentsOf(document, context).map((moment) =>
    moment.words.replaceAll("Sat,", "Sat").replaceAll("Sun,", "Sun"),
  );
  assert.deepEqual(words, [
    "Ann cancelled it: Rain.",
    "The poll “When?” moved it from Sat 28 Nov, 19:30 to Sun 29 Nov, 19:30.",
    "Ann changed its name or duration.",
    "Ann moved it from Lake to Zoo.",
    "Ann planned it.",
  ]);
});
