// Moments: a meetup's history in words. Pure.
import { choiceWords } from "./polls.js";

// momentsOf lists what happened to the plan, the newest first: {key, time, words}.
export function momentsOf({ history, polls }, { person, viewer, now }) {
  return history
    .map((moment, index) => {
      const poll = polls.find(({ id }) => id === moment.pollId);
      const who = poll ? `The poll “${poll.description}”` : moment.actorId ? person(moment.actorId).name : "The group";
      const words = (setting) => choiceWords(setting, viewer, now);
      return { key: `${moment.at}-${index}`, time: new Date(moment.at), words: `${who} ${deed(moment, words)}` };
    })
    .reverse();
}

function deed({ kind, from, to, reason }, words) {
  switch (kind) {
    case "created":
      return "planned it.";
    case "rescheduled":
    case "relocated":
      return `moved it from ${words(from)} to ${words(to)}.`;
    case "cancelled":
      return reason ? `cancelled it: ${reason}` : "cancelled it.";
    default:
      return "changed its name or duration.";
  }
}
