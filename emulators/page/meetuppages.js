// The pages of meetups: the lists, one meetup, and what rooms show of theirs. It ties
// their views to the model and the commands.
import { openCalendar } from "./calendardialog.js";
import { $, setText } from "./dom.js";
import { count } from "./format.js";
import { MeetupList } from "./meetuplist.js";
import { askCancel, askChange, askNewMeetup } from "./meetupdialogs.js";
import { attendeesOf, listOf, meetupOf, noticesOf, upcoming } from "./meetups.js";
import { MeetupView } from "./meetupview.js";
import { momentsOf } from "./moments.js";
import { Notices } from "./notices.js";
import { askChoice, askClose, askNewPoll } from "./polldialogs.js";
import { pollsOf } from "./polls.js";
import { meetupRoute, meetupsRoute } from "./route.js";
import { viewerZone } from "./when.js";

const arrivesWithin = 3_000; // milliseconds that a meetup just planned may take to be there

export class MeetupPages {
  #api;
  #me;
  #model;
  #changed;
  #views;
  #route = { view: "rooms" };
  #back = meetupsRoute(); // where a meetup was opened from
  #arriving; // timer; while it runs a meetup may still come

  // changed is called when something else is to be shown though no document has changed.
  constructor({ api, me, model, changed }) {
    this.#api = api;
    this.#me = me;
    this.#model = model;
    this.#changed = changed;
    const calendar = () => openCalendar({ api });
    const command = (name, body) => api.command(name, { meetupId: this.#route.meetupId, ...body });
    this.#views = {
      notices: new Notices(),
      list: new MeetupList({ newMeetup: () => this.#newMeetup(), openCalendar: calendar, changed }),
      meetup: new MeetupView({
        answer: (rsvp) => command("change-rsvp", { rsvp }),
        vote: (pollId, choiceIndex) => command("cast-poll-vote", { pollId, choiceIndex }),
        withdraw: (pollId) => command("withdraw-poll-vote", { pollId }),
        change: () => askChange({ api, meetup: this.#shown() }),
        cancel: () => askCancel({ api, meetup: this.#shown() }),
        newPoll: () => askNewPoll({ api, meetup: this.#shown(), made: (pollId) => this.#go(pollId) }),
        addChoice: (poll) => askChoice({ api, meetup: this.#shown(), poll }),
        close: (poll) => askClose({ api, meetup: this.#shown(), poll }),
        openCalendar: calendar,
      }),
    };
  }

  // show goes to a route (route.js) from the hash of another.
  show(route, from) {
    const { view, meetupId, pollId } = route;
    if (view === "meetup" && this.#route.view !== "meetup") this.#back = from || meetupsRoute();
    this.#route = route;
    if (view === "meetups") this.#views.list.clear();
    if (view !== "meetup") return;
    this.#views.meetup.clear(pollId);
    clearTimeout(this.#arriving);
    this.#arriving = this.#model.meetup(meetupId) ? undefined : setTimeout(() => this.#givenUp(), arrivesWithin);
  }

  #givenUp() {
    this.#arriving = undefined;
    this.#changed();
  }

  // render draws what the route shows of meetups, and gives the title of the page on
  // screen, undefined if it is none of these.
  render(now) {
    const context = this.#context(now);
    const meetups = listOf(this.#model.meetups(), context);
    this.#renderCounts(meetups);
    const { view, roomId, meetupId } = this.#route;
    const document = view === "meetup" ? this.#model.meetup(meetupId) : undefined;
    $("meetups").hidden = view !== "meetups";
    $("meetup").hidden = !document;
    $("meetup-none").hidden = view !== "meetup" || Boolean(document);
    if (view === "meetups") return this.#renderList(meetups, roomId, context);
    if (document) return this.#renderMeetup(document, context);
    if (view === "meetup") this.#renderNone();
    return undefined;
  }

  #context(now) {
    return { me: this.#me, person: (id) => this.#model.person(id), viewer: viewerZone(), now };
  }

  #renderCounts(meetups) {
    const waiting = noticesOf(meetups).length;
    $("waiting-count").hidden = waiting === 0;
    setText($("waiting-count"), String(waiting));
    setText($("meetups-words"), waiting > 0 ? `Meetups, ${count(waiting, "open question")}` : "Meetups");
    const { view, roomId } = this.#route;
    if (view !== "room") return;
    const ofRoom = meetups.filter((meetup) => meetup.roomId === roomId);
    const planned = upcoming(ofRoom).filter(({ cancelled }) => !cancelled).length;
    $("room-meetups").href = meetupsRoute(roomId);
    setText($("room-meetups-count"), planned > 0 ? String(planned) : "");
    setText($("room-meetups-words"), `Meetups of this room, ${planned > 0 ? planned : "none"} upcoming`);
    this.#views.notices.render(noticesOf(ofRoom), roomId);
  }

  #renderList(meetups, roomId, { viewer, now }) {
    const shown = roomId ? meetups.filter((meetup) => meetup.roomId === roomId) : meetups;
    const titleOf = (id) => this.#model.room(id)?.title ?? "";
    const { complete } = this.#model;
    this.#views.list.render(shown, { room: roomId && this.#model.room(roomId), titleOf, complete, viewer, now });
    return "Meetups";
  }

  #renderMeetup(document, context) {
    const meetup = meetupOf(document, context);
    this.#views.meetup.render(
      {
        meetup,
        attendees: attendeesOf(document, context),
        polls: pollsOf(document, context),
        moments: momentsOf(document, context),
      },
      {
        roomTitle: this.#model.room(meetup.roomId)?.title ?? "",
        back: this.#back,
        viewer: context.viewer,
        now: context.now,
      },
    );
    return meetup.name;
  }

  #renderNone() {
    const arriving = this.#arriving || !this.#model.complete;
    setText($("meetup-none-title"), arriving ? "One moment…" : "This meetup is not here");
    setText(
      $("meetup-none-words"),
      arriving ? "The meetup is being fetched." : "There is no such meetup, or you are not invited.",
    );
  }

  #shown() {
    return meetupOf(this.#model.meetup(this.#route.meetupId), this.#context(new Date()));
  }

  #go(pollId) {
    location.hash = meetupRoute(this.#route.meetupId, pollId);
  }

  #newMeetup() {
    const { roomId } = this.#route;
    const room = roomId && this.#model.room(roomId);
    askNewMeetup({ api: this.#api, model: this.#model, room, made: (id) => (location.hash = meetupRoute(id)) });
  }
}
