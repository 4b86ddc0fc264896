// Meetups as the page shows them, made out of their documents. Pure.
import { instantOf } from "./when.js";

const minute = 60_000; // milliseconds

export const answers = { yes: "Yes", maybe: "Maybe", no: "No" };

const byTime = (a, b) => a.time - b.time || a.id.localeCompare(b.id);

// listOf makes out all meetups, each as meetupOf does, in rising order of their times.
export function listOf(documents, context) {
  return documents.map((document) => meetupOf(document, context)).sort(byTime);
}

// upcoming are those that are not over, the next one first; past the others, the last
// one first. Cancelled ones are among both.
export const upcoming = (meetups) => meetups.filter(({ over }) => !over);
export const past = (meetups) => meetups.filter(({ over }) => over).reverse();

// meetupOf makes a meetup out, but for its attendees, polls and moments. context is {me,
// person, viewer, now}: person gives somebody by id, viewer is the zone of this browser.
export function meetupOf(document, { me, person, now }) {
  const time = instantOf(document);
  const cancelled = document.status === "cancelled";
  const mine = document.attendees.find(({ id }) => id === me);
  return {
    id: document.id,
    name: document.name,
    imageUrl: document.imageUrl,
    roomId: document.roomId,
    location: document.location,
    url: document.place?.url,
    time,
    timeZone: document.timeZone,
    localTime: document.localTime,
    minutes: document.durationMinutes ?? 0,
    over: time.getTime() + (document.durationMinutes ?? 0) * minute < now.getTime(),
    cancelled,
    cancelReason: document.cancelReason ?? "",
    organizer: person(document.organizerId),
    organized: document.organizerId === me,
    counts: document.rsvpCounts,
    answer: mine?.rsvp ?? "none",
    needsConfirmation: !cancelled && (mine?.needsConfirmation ?? false),
    alerts: document.alerts.filter(({ userIds }) => userIds.includes(me)),
  };
}

// attendeesOf are those who are invited, with their answers.
export function attendeesOf({ attendees }, { me, person }) {
  return attendees.map(({ id, rsvp, needsConfirmation }) => ({
    ...person(id),
    key: id,
    mine: id === me,
    rsvp,
    needsConfirmation,
  }));
}

// noticesOf is what meetups wait for from me, the most pressing first: a vote, an answer
// that was given before a move, an answer. {key, meetupId, pollId?, lead, words}.
export function noticesOf(meetups) {
  const waiting = upcoming(meetups).filter(({ cancelled }) => !cancelled);
  const votes = meetups.flatMap(({ id, name, alerts }) =>
    alerts.map(({ pollId, description }) => ({
      key: `${id}/${pollId}`, // polls of two meetups may have the same id
      meetupId: id,
      pollId,
      lead: "Your vote is missing:",
      words: `${description} · ${name}`,
    })),
  );
  const answer = (lead, wanted) =>
    waiting.filter(wanted).map(({ id, name }) => ({ key: `${id}/${lead}`, meetupId: id, lead, words: name }));
  return [
    ...votes,
    ...answer("It was moved, are you still coming?", ({ needsConfirmation }) => needsConfirmation),
    ...answer("Are you coming?", (meetup) => meetup.answer === "none"),
  ];
}

// countsWords says how many come: 2 yes, 1 maybe, 1 has not answered.
export function countsWords({ yes, maybe, no, none }) {
  const silent = none === 1 ? "has not answered" : "have not answered";
  const parts = [
    [yes, "yes"],
    [maybe, "maybe"],
    [no, "no"],
    [none, silent],
  ];
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(", ");
}
