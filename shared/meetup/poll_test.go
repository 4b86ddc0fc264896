package meetup_test

import (
	"fmt"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

func ask(by meetup.Person, q meetup.Question) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Ask(by, q, noon) }
}

func addChoice(person, pollID string, c meetup.Choice) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.AddChoice(person, pollID, c, noon) }
}

func vote(by meetup.Person, pollID string, choice int) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.CastVote(by, pollID, choice, noon) }
}

func withdraw(person, pollID string) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.WithdrawVote(person, pollID, noon) }
}

func closePoll(by meetup.Person, pollID string) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.ClosePoll(by, pollID, nil, noon) }
}

func name(by meetup.Person, pollID string, winner int) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.ClosePoll(by, pollID, &winner, noon) }
}

// question is what Bob asks with, of the type of its first choice.
func question(choices ...meetup.Choice) meetup.Question {
	q := meetup.Question{ID: "a", Type: meetup.Generic, Description: "a?", Choices: choices}
	if len(choices) > 0 {
		q.Type = poll("a", choices...).Type
	}
	return q
}

// dishes are so many different texts.
func dishes(n int) []meetup.Choice {
	choices := make([]meetup.Choice, n)
	for i := range choices {
		choices[i] = meetup.Choice{Text: fmt.Sprint("Dish ", i)}
	}
	return choices
}

func TestAsking(t *testing.T) {
	by := func(closesAt meetup.When, choices ...meetup.Choice) meetup.Question {
		q := question(choices...)
		q.ClosesAt = closesAt.TakesPlaceOn
		return q
	}
	of := func(pollType meetup.PollType, choices ...meetup.Choice) meetup.Question {
		q := question(choices...)
		q.Type = pollType
		return q
	}
	made := func(closesAt string, participants []string, choices ...meetup.Choice) []any {
		p := poll("a", choices...)
		p.ParticipantIDs, p.ClosesAt = participants, closesAt
		return []any{p}
	}
	var twenty, open []fact
	for i := range 13 {
		open = append(open, asked(fmt.Sprint("o-", i), pizza, soup))
	}
	for i := range 20 {
		twenty = append(twenty, asked(fmt.Sprint("p-", i), pizza, soup), ended(fmt.Sprint("p-", i), meetup.ReasonClosed, nobody))
	}
	both := []string{"ann", "bob"}
	eveInTokyo := meetup.When{TakesPlaceOn: eve.TakesPlaceOn, TimeZone: "Asia/Tokyo", LocalTime: "2026-12-25T03:30:00+09:00"}
	here := meetup.Where{Location: "LUIGI'S", Place: &meetup.Place{Label: "Luigi's"}}
	hold(t, []rule{
		{"C-10, V-T3, E-T6, E-P1, E-P2, E-P3, E-P4, E-P5, E-P6, E-P7, E-P8, D-13: about anything", given(created("bob")), ask(bob, question(pizza, soup)), made("", both, pizza, soup), nil},
		{"C-10, V-T3, E-P1, E-P7, D-13: about the time", given(created("bob")), ask(bob, question(atEve, onBoxing)), made("", both, atEve, onBoxing), nil},
		{"C-10, V-T3, E-P1, E-P7, D-13: about the place", given(created("bob")), ask(bob, question(atAnn, atLuigis)), made("", both, atAnn, atLuigis), nil},
		{"E-P4: of all who attend by then", given(created("bob"), joined("cem", 4), left("ann", 5)), ask(bob, question(pizza, soup)), made("", []string{"bob", "cem"}, pizza, soup), nil},
		{"until a time", given(created("bob")), ask(bob, by(at(time.Millisecond), pizza, soup)), made("2026-12-01T12:00:00.001Z", both, pizza, soup), nil},
		{"not until now", given(created("bob")), ask(bob, by(at(0), pizza, soup)), nil, meetup.ErrPastDeadline},
		{"not until before", given(created("bob")), ask(bob, by(at(-time.Hour), pizza, soup)), nil, meetup.ErrPastDeadline},
		{"E-P3: an id is taken once", given(created("bob"), asked("a", pizza, soup)), ask(bob, question(soup, pizza)), nil, meetup.ErrPollIDTaken},
		{"E-P3: an id is taken by a closed poll, too", given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody)), ask(bob, question(pizza, soup)), nil, meetup.ErrPollIDTaken},
		{"13 open polls", given(append([]fact{created("bob")}, open[:12]...)...), ask(bob, question(pizza, soup)), made("", both, pizza, soup), nil},
		{"not 14, which 500 may vote in", given(append([]fact{created("bob")}, open...)...), ask(bob, question(pizza, soup)), nil, meetup.ErrTooManyPolls},
		{"20 polls, closed ones among them", given(append([]fact{created("bob")}, twenty[:38]...)...), ask(bob, question(pizza, soup)), made("", both, pizza, soup), nil},
		{"not 21 polls", given(append([]fact{created("bob")}, twenty...)...), ask(bob, question(pizza, soup)), nil, meetup.ErrTooManyPolls},
		{"no choice", given(created("bob")), ask(bob, question()), nil, limit("choices")},
		{"no choice but one", given(created("bob")), ask(bob, question(pizza)), nil, limit("choices")},
		{"20 choices", given(created("bob")), ask(bob, question(dishes(20)...)), made("", both, dishes(20)...), nil},
		{"not 21 choices", given(created("bob")), ask(bob, question(dishes(21)...)), nil, limit("choices")},
		{"equal texts", given(created("bob")), ask(bob, question(pizza, soup, meetup.Choice{Text: "PIZZA"})), nil, meetup.ErrEqualChoices},
		{"equal instants, though other clocks show them", given(created("bob")), ask(bob, question(atEve, onBoxing, meetup.Choice{When: &eveInTokyo})), nil, meetup.ErrEqualChoices},
		{"equal locations, though one is on the map", given(created("bob")), ask(bob, question(atLuigis, meetup.Choice{Where: &here})), nil, meetup.ErrEqualChoices},
		{"not to the past", given(created("bob")), ask(bob, question(atEve, meetup.Choice{When: new(at(-time.Hour))})), nil, meetup.ErrPastChoice},
		{"not to now", given(created("bob")), ask(bob, question(meetup.Choice{When: new(at(0))}, atEve)), nil, meetup.ErrPastChoice},
		{"E-P7: a text is no time", given(created("bob")), ask(bob, of(meetup.Reschedule, atEve, pizza)), nil, meetup.ErrWrongChoice},
		{"E-P7: a place is no time", given(created("bob")), ask(bob, of(meetup.Reschedule, atEve, atAnn)), nil, meetup.ErrWrongChoice},
		{"E-P7: a time is no place", given(created("bob")), ask(bob, of(meetup.Relocate, atEve, onBoxing)), nil, meetup.ErrWrongChoice},
		{"E-P7: a time is no text", given(created("bob")), ask(bob, of(meetup.Generic, atEve, onBoxing)), nil, meetup.ErrWrongChoice},
		{"E-P7: a time in words is both", given(created("bob")), ask(bob, question(atEve, meetup.Choice{When: &boxing, Text: "Boxing day"})), nil, meetup.ErrWrongChoice},
		{"not once it is cancelled", given(created("bob"), cancelled()), ask(bob, question(pizza, soup)), nil, meetup.ErrCancelled},
	})
}

func TestAddingChoices(t *testing.T) {
	menu := given(created("bob", "cem"), asked("a", pizza, soup), voted("cem", "a", 0))
	times := given(created("bob"), asked("a", atEve, onBoxing))
	added := func(c meetup.Choice) []any { return []any{meetup.PollChoiceAdded{PollID: "a", Choice: c}} }
	hold(t, []rule{
		{"E-P7: another text", menu, addChoice("cem", "a", rice), added(rice), nil},
		{"E-P7: another time", times, addChoice("bob", "a", meetup.Choice{When: new(at(time.Hour))}), added(meetup.Choice{When: new(at(time.Hour))}), nil},
		{"E-P7: another place", given(created("bob"), asked("a", atAnn, atLuigis)), addChoice("ann", "a", meetup.Choice{Where: &meetup.Where{Location: "Park"}}),
			added(meetup.Choice{Where: &meetup.Where{Location: "Park"}}), nil},
		{"the 20th", given(created("bob"), asked("a", dishes(19)...)), addChoice("bob", "a", rice), added(rice), nil},
		{"not the 21st", given(created("bob"), asked("a", dishes(20)...)), addChoice("bob", "a", rice), nil, limit("choice")},
		{"not what is there", menu, addChoice("bob", "a", meetup.Choice{Text: "soup"}), nil, in("choice", meetup.ErrEqualChoices)},
		{"not what was added", given(created("bob"), asked("a", pizza, soup), fact{actor: "bob", payload: added(rice)[0]}), addChoice("bob", "a", rice), nil, in("choice", meetup.ErrEqualChoices)},
		{"not the past", times, addChoice("bob", "a", meetup.Choice{When: new(at(0))}), nil, in("choice", meetup.ErrPastChoice)},
		{"E-P7: a text is no time", times, addChoice("bob", "a", rice), nil, in("choice", meetup.ErrWrongChoice)},
		{"E-P7: a time is no text", menu, addChoice("bob", "a", atEve), nil, in("choice", meetup.ErrWrongChoice)},
		{"not in a poll that is not there", menu, addChoice("bob", "b", rice), nil, meetup.ErrNoPoll},
		{"E-P2: not in a closed poll", given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody)), addChoice("bob", "a", rice), nil, meetup.ErrPollClosed},
		{"not once it is cancelled", given(created("bob"), asked("a", pizza, soup), cancelled()), addChoice("bob", "a", rice), nil, meetup.ErrCancelled},
	})
}

func TestVoting(t *testing.T) {
	menu := given(created("bob"), asked("a", pizza, soup), voted("ann", "a", 0))
	over := given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody))
	cast := func(choice int, then ...any) []any {
		return append([]any{meetup.PollVoteCast{PollID: "a", ChoiceIndex: choice}}, then...)
	}
	one := given(created("bob", "cem"), asked("a", atEve, onBoxing), voted("ann", "a", 1))
	lastFor := func(choices ...meetup.Choice) *meetup.Meetup {
		return given(created("bob"), asked("a", choices...), voted("ann", "a", 0))
	}
	gone := meetup.Choice{When: new(at(-time.Minute))}
	inLondon := meetup.When{TakesPlaceOn: eve.TakesPlaceOn, TimeZone: "Europe/London", LocalTime: "2026-12-24T18:30:00Z"}
	onOtherClocks := meetup.Choice{When: &inLondon}
	byBob := func(to meetup.When) meetup.Rescheduled {
		return meetup.Rescheduled{From: eve, To: to, PollID: "a", ActorName: "Bob"}
	}
	hold(t, []rule{
		{"C-11, V-T4, E-W1, E-P5: a vote", given(created("bob"), asked("a", pizza, soup)), vote(bob, "a", 1), cast(1), nil},
		{"C-11, E-P10: another vote instead", given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 1)), vote(bob, "a", 0), cast(0), nil},
		{"D-12: the same vote changes nothing", menu, vote(ann, "a", 0), nil, nil},
		{"C-11: for a choice that was added", given(created("bob"), asked("a", pizza, soup), fact{actor: "bob", payload: meetup.PollChoiceAdded{PollID: "a", Choice: rice}}), vote(bob, "a", 2), cast(2), nil},
		{"D-23: for no choice", menu, vote(bob, "a", 2), nil, meetup.ErrNoSuchChoice},
		{"D-23: for less than no choice", menu, vote(bob, "a", -1), nil, meetup.ErrNoSuchChoice},
		{"D-12, E-P9: not in a closed poll", over, vote(bob, "a", 0), nil, meetup.ErrPollClosed},
		{"D-23: not in a closed poll, for no choice", over, vote(bob, "a", 9), nil, meetup.ErrPollClosed},
		{"not in a poll that is not there", menu, vote(bob, "b", 0), nil, meetup.ErrNoPoll},
		{"not once it is cancelled", given(created("bob"), asked("a", pizza, soup), cancelled()), vote(bob, "a", 0), nil, meetup.ErrCancelled},

		{"D-11, E-P11, E-W1, V-T6: the last vote closes the poll", menu, vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, pizza))), nil},
		{"E-P11: of one who attends alone the first vote is the last", given(created(), asked("a", pizza, soup)), vote(ann, "a", 1), cast(1, end("a", meetup.ReasonEveryoneVoted, won(1, soup))), nil},
		{"E-P11: it does not close while a vote is missing", one, vote(bob, "a", 1), cast(1), nil},
		{"E-P11: it does not close by a changed vote", one, vote(ann, "a", 0), cast(0), nil},
		{"E-P11: it does not close while who came later has not voted", given(created("bob"), asked("a", pizza, soup), voted("ann", "a", 0), joined("cem", 4)), vote(bob, "a", 0), cast(0), nil},
		{"E-P11: a withdrawn vote is missing", given(created("bob"), asked("a", pizza, soup), voted("ann", "a", 0), withdrew("ann", "a")), vote(bob, "a", 0), cast(0), nil},
		{"E-P11: who left is not missed", given(created("bob", "cem"), asked("a", pizza, soup), voted("ann", "a", 0), left("cem", 4)), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, pizza))), nil},

		{"D-11: the winner moves the date", lastFor(onBoxing, atEve), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, applied(won(0, onBoxing))), byBob(boxing)), nil},
		{"D-11: the winner moves the date, in a tie, too", lastFor(onBoxing, atEve), vote(bob, "a", 1), cast(1, end("a", meetup.ReasonEveryoneVoted, applied(tie(won(0, onBoxing)))), byBob(boxing)), nil},
		{"D-11: the winner moves the place", lastFor(atAnn, atLuigis), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, applied(won(0, atAnn))),
			meetup.Relocated{From: luigis, To: home, PollID: "a", ActorName: "Bob"}), nil},
		{"D-11: a generic winner moves nothing", menu, vote(bob, "a", 1), cast(1, end("a", meetup.ReasonEveryoneVoted, tie(won(0, pizza)))), nil},
		{"D-11: where the meetup is already it is not moved", lastFor(atLuigis, atAnn), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, atLuigis))), nil},
		{"D-11: when the meetup is already it is not moved", lastFor(atEve, onBoxing), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, atEve))), nil},
		{"D-11, E-T4: the same instant in another zone is another time on the clocks", lastFor(onOtherClocks, onBoxing), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, applied(won(0, onOtherClocks))), byBob(inLondon)), nil},
		{"D-11: to a time that has passed by then it is not moved", lastFor(gone, atEve), vote(bob, "a", 0), cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, gone))), nil},
		{"D-11: another poll stays open", given(created("bob"), asked("a", pizza, soup), asked("b", pizza, soup), voted("ann", "a", 0)), vote(bob, "a", 0),
			cast(0, end("a", meetup.ReasonEveryoneVoted, won(0, pizza))), nil},
	})
}

// TestAPollIsOverAtItsTime: also before the clock that closes it has struck.
func TestAPollIsOverAtItsTime(t *testing.T) {
	over := given(created("bob"), closing("a", 0, pizza, soup), voted("bob", "a", 0))
	open := given(created("bob"), closing("a", time.Millisecond, pizza, soup), voted("bob", "a", 0))
	hold(t, []rule{
		{"E-P2: no vote", over, vote(ann, "a", 1), nil, meetup.ErrPollClosed},
		{"E-P2: no other vote", over, vote(bob, "a", 1), nil, meetup.ErrPollClosed},
		{"E-P2: no vote back", over, withdraw("bob", "a"), nil, meetup.ErrPollClosed},
		{"E-P2: no other choice", over, addChoice("bob", "a", rice), nil, meetup.ErrPollClosed},
		{"E-P2: no end by hand", over, closePoll(bob, "a"), nil, meetup.ErrPollClosed},
		{"E-P2: a vote until then", open, vote(bob, "a", 1), []any{meetup.PollVoteCast{PollID: "a", ChoiceIndex: 1}}, nil},
	})
}

func TestWithdrawingVotes(t *testing.T) {
	menu := given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 0))
	hold(t, []rule{
		{"E-P5: a vote is withdrawn", menu, withdraw("bob", "a"), []any{meetup.PollVoteWithdrawn{PollID: "a"}}, nil},
		{"E-P5: who has no vote withdraws none", menu, withdraw("ann", "a"), nil, nil},
		{"E-P5: a vote is withdrawn once", given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 0), withdrew("bob", "a")), withdraw("bob", "a"), nil, nil},
		{"E-P2: not from a closed poll", given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 0), ended("a", meetup.ReasonClosed, won(0, pizza))), withdraw("bob", "a"), nil, meetup.ErrPollClosed},
		{"not from a poll that is not there", menu, withdraw("bob", "b"), nil, meetup.ErrNoPoll},
		{"not once it is cancelled", given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 0), cancelled()), withdraw("bob", "a"), nil, meetup.ErrCancelled},
	})
}

func TestClosingPolls(t *testing.T) {
	times := given(created("bob", "cem"), asked("a", onBoxing, atEve), voted("cem", "a", 1), voted("bob", "a", 0))
	by := func(o meetup.Outcome, moves ...any) []any {
		return append([]any{end("a", meetup.ReasonClosed, o)}, moves...)
	}
	toBoxing := func(name string) meetup.Rescheduled {
		return meetup.Rescheduled{From: eve, To: boxing, PollID: "a", ActorName: name}
	}
	hold(t, []rule{
		{"C-12, V-T6: its creator closes a poll", times, closePoll(bob, "a"), by(tie(won(1, atEve))), nil},
		{"C-12, V-T6, D-11: the organizer closes a poll, and the winner moves the meetup", given(created("bob", "cem"), asked("a", onBoxing, atEve), voted("cem", "a", 0)), closePoll(ann, "a"),
			by(applied(won(0, onBoxing)), toBoxing("Ann")), nil},
		{"C-12: without votes it leads to nothing", given(created("bob"), asked("a", onBoxing, atEve)), closePoll(bob, "a"), by(nobody), nil},
		{"C-12: with all votes withdrawn it leads to nothing", given(created("bob"), asked("a", onBoxing, atEve), voted("bob", "a", 0), withdrew("bob", "a")), closePoll(bob, "a"), by(nobody), nil},
		{"C-12: the organizer names the winner", times, name(ann, "a", 0), by(applied(won(0, onBoxing)), toBoxing("Ann")), nil},
		{"C-12: the organizer names a winner without votes", given(created("bob"), asked("a", onBoxing, atEve)), name(ann, "a", 0), by(applied(won(0, onBoxing)), toBoxing("Ann")), nil},
		{"C-12: the organizer names what is so already", times, name(ann, "a", 1), by(won(1, atEve)), nil},
		{"C-12: the organizer is who is so by now", given(created("bob", "cem"), asked("a", onBoxing, atEve), left("ann", 4)), name(bob, "a", 0), by(applied(won(0, onBoxing)), toBoxing("Bob")), nil},
		{"C-12, D-4: its creator does not name the winner", times, name(bob, "a", 0), nil, meetup.ErrNotOrganizer},
		{"C-12, D-4: others do not close it", times, closePoll(cem, "a"), nil, meetup.ErrNotYours},
		{"C-12, D-4: others do not name the winner", times, name(cem, "a", 0), nil, meetup.ErrNotYours},
		{"D-23: no choice wins that is not there", times, name(ann, "a", 2), nil, meetup.ErrNoSuchChoice},
		{"D-23: less than no choice does not win", times, name(ann, "a", -1), nil, meetup.ErrNoSuchChoice},
		{"C-12: it closes once", given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody)), closePoll(bob, "a"), nil, meetup.ErrPollClosed},
		{"C-12: not a poll that is not there", times, closePoll(ann, "b"), nil, meetup.ErrNoPoll},
		{"not once it is cancelled", given(created("bob"), asked("a", pizza, soup), cancelled()), closePoll(bob, "a"), nil, meetup.ErrCancelled},
	})
}

// TestOutcomes: the most votes win; of several choices, the one that reached that many
// first, where a count that was lost was reached when it was regained. Ann closes.
func TestOutcomes(t *testing.T) {
	const back = -1 // withdraws
	type votes []struct {
		by     string
		choice int
	}
	for _, c := range []struct {
		name  string
		votes votes
		want  meetup.Outcome
	}{
		{"no votes", nil, nobody},
		{"one vote", votes{{"bob", 2}}, won(2, rice)},
		{"more votes", votes{{"ann", 0}, {"bob", 1}, {"cem", 1}}, won(1, soup)},
		{"a tie of one: the first vote", votes{{"ann", 1}, {"bob", 0}}, tie(won(1, soup))},
		{"a tie of three: the first vote", votes{{"ann", 2}, {"bob", 0}, {"cem", 1}}, tie(won(2, rice))},
		{"a tie of two: who had two first, though the other had one first", votes{{"ann", 0}, {"bob", 1}, {"cem", 1}, {"dee", 0}}, tie(won(1, soup))},
		{"a tie that was broken is none", votes{{"ann", 0}, {"bob", 1}, {"cem", 1}}, won(1, soup)},
		{"a tie of losers is none", votes{{"ann", 0}, {"bob", 0}, {"cem", 1}, {"dee", 2}}, won(0, pizza)},
		{"a tie of losers, counted before the winner, is none", votes{{"cem", 0}, {"dee", 1}, {"ann", 2}, {"bob", 2}}, won(2, rice)},
		{"a changed vote counts once", votes{{"ann", 0}, {"ann", 1}}, won(1, soup)},
		{"a withdrawn vote does not count", votes{{"ann", 0}, {"bob", 1}, {"ann", back}}, won(1, soup)},
		{"all votes withdrawn", votes{{"ann", 0}, {"ann", back}}, nobody},
		{"regained by the same vote: later than the other", votes{{"ann", 0}, {"bob", 1}, {"ann", back}, {"ann", 0}}, tie(won(1, soup))},
		{"regained by a vote that went and came back", votes{{"ann", 0}, {"bob", 1}, {"ann", 2}, {"ann", 0}}, tie(won(1, soup))},
		{"regained by somebody else", votes{{"ann", 0}, {"bob", 1}, {"ann", back}, {"cem", 0}}, tie(won(1, soup))},
		{"the other regained, too, and later", votes{{"ann", 0}, {"bob", 1}, {"ann", back}, {"ann", 0}, {"bob", back}, {"bob", 1}}, tie(won(0, pizza))},
		{"lost down to a count that it had before the other", votes{{"ann", 0}, {"bob", 0}, {"cem", 1}, {"ann", back}}, tie(won(0, pizza))},
		{"lost down to a count, whoever's vote it was", votes{{"ann", 0}, {"bob", 0}, {"cem", 1}, {"bob", back}}, tie(won(0, pizza))},
		{"lost down to a count that it never fell below", votes{{"ann", 0}, {"cem", 1}, {"bob", 0}, {"bob", back}}, tie(won(0, pizza))},
		{"second count regained", votes{{"ann", 0}, {"bob", 0}, {"cem", 1}, {"dee", 1}, {"bob", back}, {"bob", 0}}, tie(won(1, soup))},
	} {
		facts := []fact{created("bob", "cem", "dee"), asked("a", pizza, soup, rice)}
		for _, v := range c.votes {
			if v.choice == back {
				facts = append(facts, withdrew(v.by, "a"))
			} else {
				facts = append(facts, voted(v.by, "a", v.choice))
			}
		}
		hold(t, []rule{{"E-P5, D-11: " + c.name, given(facts...), closePoll(ann, "a"), []any{end("a", meetup.ReasonClosed, c.want)}, nil}})
	}
	hold(t, []rule{
		{"D-11: the vote of somebody who left does not count", given(created("bob", "cem", "dee"), asked("a", pizza, soup), voted("cem", "a", 0), voted("dee", "a", 0), voted("bob", "a", 1), left("dee", 4)), closePoll(ann, "a"),
			[]any{end("a", meetup.ReasonClosed, tie(won(0, pizza)))}, nil},
		{"D-11: a choice that was added wins", given(created("bob"), asked("a", pizza, soup), fact{actor: "bob", payload: meetup.PollChoiceAdded{PollID: "a", Choice: rice}}, voted("bob", "a", 2)), closePoll(ann, "a"),
			[]any{end("a", meetup.ReasonClosed, won(2, rice))}, nil},
	})
}

// TestMissingVotes: alerts of an open poll are for exactly those (E-T7, E-A1, E-A2, E-A3, D-14).
func TestMissingVotes(t *testing.T) {
	for _, c := range []struct {
		name  string
		given *meetup.Meetup
		want  string
	}{
		{"all at first", given(created("bob"), asked("a", pizza, soup)), "[ann bob]"},
		{"not who has voted", given(created("bob"), asked("a", pizza, soup), voted("ann", "a", 0)), "[bob]"},
		{"who has withdrawn", given(created("bob"), asked("a", pizza, soup), voted("ann", "a", 0), withdrew("ann", "a")), "[ann bob]"},
		{"who came later", given(created("bob"), asked("a", pizza, soup), joined("cem", 4)), "[ann bob cem]"},
		{"not who has left", given(created("bob"), asked("a", pizza, soup), left("bob", 4)), "[ann]"},
		{"who left and came back, though they had voted", given(created("bob"), asked("a", pizza, soup), voted("bob", "a", 0), left("bob", 4), joined("bob", 5)), "[ann bob]"},
	} {
		if got := fmt.Sprint(c.given.Polls[0].Missing()); got != c.want {
			t.Errorf("E-T7, E-A1, E-P10, E-P11: %s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWhichPollRefusesFirst: of several reasons against a command the most general is
// given, so that nobody learns of a poll what is not theirs.
func TestWhichPollRefusesFirst(t *testing.T) {
	m := given(created("bob"), asked("a", pizza, soup), cancelled())
	for _, when := range []decide{vote(dee, "a", 7), vote(dee, "z", 0), addChoice("dee", "a", pizza), withdraw("dee", "a"), name(dee, "a", 9)} {
		if events, err := when(m); !refusedAs(err, meetup.ErrUnknown) || len(events) > 0 {
			t.Errorf("a stranger is refused with %v, events %s", err, shown(events))
		}
	}
	if events, err := vote(bob, "z", 0)(m); !refusedAs(err, meetup.ErrCancelled) || event.KindOf(err) != event.RuleViolated {
		t.Errorf("a vote in a cancelled meetup is refused with %v, events %s", err, shown(events))
	}
}
