// Poll cards: the polls of the meetup on screen, where people vote.
import { act } from "./acting.js";
import { avatar, drawAvatar } from "./avatar.js";
import { $, KeyedList, el, setAttribute, setText } from "./dom.js";
import { count } from "./format.js";
import { pollTypes } from "./polls.js";

const facesShown = 4;
let made = 0;

export class PollCards {
  #list = $("poll-list");
  #cards = new WeakMap(); // element -> card
  #rows;

  // vote(pollId, index) and withdraw(pollId) answer promises; addChoice(poll) and
  // close(poll) open dialogs.
  constructor(actions) {
    const create = () => {
      const card = new PollCard(actions);
      this.#cards.set(card.element, card);
      return card.element;
    };
    this.#rows = new KeyedList(this.#list, create, (element, poll) => this.#cards.get(element).render(poll));
  }

  // render draws polls; until is how a deadline is written.
  render(polls, until) {
    $("no-polls").hidden = polls.length > 0;
    this.#rows.render(polls.map((poll) => ({ ...poll, until: poll.closesAt ? until(poll.closesAt) : "" })));
  }

  // reveal brings a poll on screen and gives it the focus. It answers whether it is there.
  reveal(pollId) {
    const card = this.#list.querySelector(`[data-testid="poll-${CSS.escape(pollId)}"]`);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "center" });
    return Boolean(card);
  }
}

class PollCard {
  element;
  #poll;
  #choices;
  #buttons;

  constructor({ vote, withdraw, addChoice, close }) {
    const list = el("ul", { class: "choices", "aria-label": "Choices" });
    const problem = el("p", { class: "form-problem", role: "alert", "data-testid": "poll-problem" });
    const doing = (work) => () => act(this.element, problem, () => work(this.#poll));
    const button = (name, words, click, more = {}) =>
      el("button", { class: "link", type: "button", "data-testid": `poll-${name}`, click, ...more }, words);
    this.#buttons = {
      add: button("add-choice", "Add a choice", () => addChoice(this.#poll), { "aria-haspopup": "dialog" }),
      withdraw: button(
        "withdraw",
        "Take my vote back",
        doing(({ id }) => withdraw(id)),
      ),
      close: button("close", "Close the poll", () => close(this.#poll), { "aria-haspopup": "dialog" }),
    };
    const heading = `poll-heading-${made++}`;
    this.element = el(
      "article",
      { class: "poll", tabindex: -1, "aria-labelledby": heading },
      el("header", {}, el("span", { class: "chip" }), el("h3", { id: heading, dir: "auto" })),
      el("p", { class: "poll-state hint", "data-testid": "poll-state" }),
      list,
      el("p", { class: "poll-missing hint", "data-testid": "poll-missing" }),
      el("p", { class: "poll-outcome", role: "status", "data-testid": "poll-outcome" }),
      problem,
      el("footer", {}, ...Object.values(this.#buttons)),
    );
    this.#choices = new KeyedList(
      list,
      ({ index }) => createChoice(doing(({ id }) => vote(id, index))),
      updateChoice,
    );
  }

  render(poll) {
    const focused = document.activeElement;
    this.#poll = poll;
    const part = (name) => this.element.querySelector(name);
    setAttribute(this.element, "data-testid", `poll-${poll.id}`);
    setAttribute(this.element, "data-open", poll.open);
    setText(part(".chip"), pollTypes[poll.type]);
    setText(part("h3"), poll.description);
    setText(part(".poll-state"), stateOf(poll));
    this.#choices.render(
      poll.choices.map((choice) => ({
        ...choice,
        key: `${poll.id}-${choice.index}`,
        people: poll.people,
        takesVotes: poll.takesVotes,
      })),
    );
    setText(part(".poll-missing"), missingWords(poll));
    setText(part(".poll-outcome"), poll.outcome);
    this.#buttons.add.hidden = !poll.mayAdd;
    this.#buttons.withdraw.hidden = !(poll.takesVotes && poll.voted);
    this.#buttons.close.hidden = !poll.mayClose;
    // What was pressed may have nothing to do any more; the keyboard goes on from here.
    if (this.element.contains(focused) && (focused.hidden || focused.disabled)) this.element.focus();
  }
}

function stateOf({ open, creator, votes, people, until }) {
  if (!open) return `Closed · ${count(votes, "vote")}`;
  return [`${creator.name} asks`, `${votes} of ${people} voted`, ...(until ? [`until ${until}`] : [])].join(" · ");
}

function missingWords({ missing }) {
  return missing.length > 0 ? `Still to vote: ${missing.map(({ name }) => name).join(", ")}` : "";
}

function createChoice(click) {
  return el(
    "li",
    {},
    el(
      "button",
      { class: "choice", type: "button", click },
      el("span", { class: "choice-bar" }),
      el(
        "span",
        { class: "choice-text" },
        el("span", { class: "choice-words", dir: "auto" }),
        el("span", { class: "choice-there hint" }),
      ),
      el("span", { class: "visually-hidden choice-said" }),
      el("span", { class: "choice-faces", "aria-hidden": "true" }),
      el("span", { class: "choice-count" }),
    ),
    el("a", { class: "choice-map", target: "_blank", rel: "noopener noreferrer" }, "Map"),
  );
}

function updateChoice(element, { key, words, there, url, voters, mine, won, people, takesVotes }) {
  const part = (name) => element.querySelector(name);
  const button = part(".choice");
  setAttribute(button, "data-testid", `choice-${key}`);
  button.disabled = !takesVotes;
  button.ariaPressed = String(mine);
  setAttribute(button, "data-won", won);
  part(".choice-bar").style.width = `${people > 0 ? (100 * voters.length) / people : 0}%`;
  setText(part(".choice-words"), words);
  setText(part(".choice-there"), there);
  setText(part(".choice-said"), voters.length > 0 ? `, voted for by ${voters.map(({ name }) => name).join(", ")}` : "");
  part(".choice-faces").replaceChildren(
    ...voters.slice(0, facesShown).map((person) => drawAvatar(avatar("tiny"), { ...person, online: false })),
  );
  button.title = voters.map(({ name }) => name).join(", ");
  setText(part(".choice-count"), String(voters.length));
  part(".choice-map").hidden = !url;
  setAttribute(part(".choice-map"), "href", url);
}
