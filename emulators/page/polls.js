// Polls as the page shows them, made out of a meetup's document. Pure.
import { briefWords, instantOf, settingWords, thereWords } from "./when.js";

export const pollTypes = {
  generic: "Question",
  reschedule: "Date",
  relocate: "Place",
};

// A poll has so many choices.
export const fewestChoices = 2;
export const mostChoices = 20;

// choiceWords is a choice, or a meetup's time or place, in words.
export function choiceWords(choice, viewer, now) {
  return choice.takesPlaceOn ? settingWords(choice, viewer, now) : (choice.text ?? choice.location);
}

// choiceLines is a choice in words; those of a time are on the viewer's clocks, and there
// is what the choice's own show, if that is another.
function choiceLines(choice, viewer, now) {
  if (!choice.takesPlaceOn) return { words: choiceWords(choice, viewer, now), there: "" };
  const time = instantOf(choice);
  return { words: briefWords(time, viewer, now), there: thereWords(time, choice.timeZone, viewer) };
}

// pollsOf makes out a meetup's polls, the open ones first, each time the newest first.
export function pollsOf(meetup, context) {
  const polls = meetup.polls.map((poll) => pollOf(poll, meetup, context)).reverse();
  return [...polls.filter(({ open }) => open), ...polls.filter(({ open }) => !open)];
}

// pollOf makes a poll out: each choice with its votes and who gave them, whose votes are
// missing, what I may do, and how it has ended.
function pollOf(poll, meetup, { me, person, viewer, now }) {
  const open = poll.status === "active";
  const votedFor = (index) => poll.votes.filter((vote) => vote.choiceIndex === index).map(({ userId }) => userId);
  const voted = new Set(poll.votes.map(({ userId }) => userId));
  const takesVotes = open && meetup.status === "planned";
  return {
    key: `${meetup.id}/${poll.id}`, // polls of two meetups may have the same id
    id: poll.id,
    type: poll.type,
    description: poll.description,
    open,
    takesVotes,
    creator: person(poll.creatorId),
    closesAt: open && poll.closesAt ? new Date(poll.closesAt) : undefined,
    choices: poll.choices.map((choice, index) => ({
      index,
      ...choiceLines(choice, viewer, now),
      url: choice.place?.url,
      voters: votedFor(index).map(person),
      mine: votedFor(index).includes(me),
      won: poll.outcome?.choiceIndex === index,
    })),
    votes: poll.votes.length,
    people: poll.participantIds.length,
    missing: open ? poll.participantIds.filter((id) => !voted.has(id)).map(person) : [],
    voted: voted.has(me),
    mayAdd: takesVotes && poll.choices.length < mostChoices,
    mayClose: takesVotes && (poll.creatorId === me || meetup.organizerId === me),
    mayName: meetup.organizerId === me,
    outcome: poll.outcome ? outcomeWords(poll, viewer, now) : "",
  };
}

const reasons = {
  "everyone-voted": "Everybody has voted.",
  closed: "It was closed by hand.",
  deadline: "Its time was over.",
};

function outcomeWords({ type, outcome }, viewer, now) {
  const words = [reasons[outcome.reason]];
  if (outcome.choice) words.push(`“${choiceWords(outcome.choice, viewer, now)}” won.`);
  else words.push("Nobody voted.");
  if (outcome.tie) words.push("Others had as many votes; this one had them first.");
  if (outcome.applied) words.push(type === "relocate" ? "The place has changed." : "The date has moved.");
  else if (type !== "generic") words.push("The meetup stays as it was.");
  return words.join(" ");
}
