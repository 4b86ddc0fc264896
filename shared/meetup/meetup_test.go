package meetup_test

import (
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// dinner is what a meetup is planned with.
func dinner(others ...string) meetup.Plan {
	return meetup.Plan{
		Name: "Dinner", Where: luigis, When: eve, DurationMinutes: 90, ImageURL: "https://example.com/1.png",
		AttendeeIDs: others, RoomID: "lunch", RoomSequence: 3,
	}
}

func create(by meetup.Person, p meetup.Plan) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Create(by, p, noon) }
}

func update(by meetup.Person, c meetup.Change) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Update(by, c, noon) }
}

func cancel(by meetup.Person, reason string) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Cancel(by, reason) }
}

func changeImage(by meetup.Person, url string) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.ChangeImage(by, url) }
}

func answer(person string, rsvp meetup.RSVP) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Answer(person, rsvp) }
}

func inRoom(person string, in bool, sequence int64) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.FollowRoom(person, in, sequence, noon) }
}

// at is a time on Berlin's clocks that is so long after noon.
func at(after time.Duration) meetup.When {
	instant := noon.Add(after)
	return meetup.When{TakesPlaceOn: instant.Format(event.TimeLayout), TimeZone: "Europe/Berlin", LocalTime: instant.In(time.FixedZone("", 3600)).Format(time.RFC3339)}
}

func TestPlanning(t *testing.T) {
	with := func(change func(*meetup.Plan)) meetup.Plan {
		p := dinner("bob")
		change(&p)
		return p
	}
	begin := created("bob").payload.(meetup.Created)
	opening := begin
	opening.OpensRoom, opening.RoomSequence = true, 0
	soon := begin
	soon.When = at(time.Millisecond)
	hold(t, []rule{
		{"C-8, V-T1, E-T1, E-T2, E-T3, E-T4, E-T5, E-T8: a meetup is planned in a room", given(), create(ann, dinner("bob")), []any{begin}, nil},
		{"C-8, D-38: a meetup brings a room along", given(), create(ann, with(func(p *meetup.Plan) { p.OpensRoom, p.RoomSequence = true, 0 })), []any{opening}, nil},
		{"E-T2, E-T3: the organizer attends, alone if need be", given(), create(ann, dinner()), []any{created().payload}, nil},
		{"E-T3: everybody attends once, the organizer first", given(), create(ann, dinner("bob", "ann", "bob")), []any{begin}, nil},
		{"E-T1: an id is taken once", given(created()), create(ann, dinner()), nil, meetup.ErrIDTaken},
		{"E-T1: an id is taken once, by whomever", given(created()), create(bob, with(func(p *meetup.Plan) { p.When = at(-time.Hour) })), nil, meetup.ErrIDTaken},
		{"E-T4: a meetup is soon", given(), create(ann, with(func(p *meetup.Plan) { p.When = at(time.Millisecond) })), []any{soon}, nil},
		{"E-T4: a meetup is not now", given(), create(ann, with(func(p *meetup.Plan) { p.When = at(0) })), nil, meetup.ErrPastDate},
		{"E-T4: a meetup has not been", given(), create(ann, with(func(p *meetup.Plan) { p.When = at(-time.Hour) })), nil, meetup.ErrPastDate},
		{"E-T3: 500 attend", given(), create(ann, dinner(crowd(499)...)), []any{created(crowd(499)...).payload}, nil},
		{"E-T3: 501 do not", given(), create(ann, dinner(crowd(500)...)), nil, limit("attendeeIds")},
	})
}

func TestUpdating(t *testing.T) {
	lunch := meetup.Change{Name: new("Lunch")}
	longer := meetup.Change{DurationMinutes: new(120)}
	open := meetup.Change{DurationMinutes: new(0)}
	to := func(w meetup.When) meetup.Change { return meetup.Change{When: &w} }
	place := func(w meetup.Where) meetup.Change { return meetup.Change{Where: &w} }
	mapped := func(latitude float64) meetup.Where {
		return meetup.Where{Location: "Luigi's", Place: &meetup.Place{Label: "Luigi's", Latitude: new(latitude), Longitude: new(13.4)}}
	}
	relocated := func(from, to meetup.Where) meetup.Relocated {
		return meetup.Relocated{From: from, To: to, ActorName: "Ann"}
	}
	inLondon := meetup.When{TakesPlaceOn: eve.TakesPlaceOn, TimeZone: "Europe/London", LocalTime: "2026-12-24T18:30:00Z"}
	onMap := given(created(), fact{actor: "ann", payload: meetup.Relocated{To: mapped(52.5)}})
	begun := given(created(), moved(at(-time.Hour)))
	hold(t, []rule{
		{"E-T1: another name", given(created()), update(ann, lunch), []any{meetup.Updated{Name: "Lunch", DurationMinutes: 90, ActorName: "Ann"}}, nil},
		{"another duration", given(created()), update(ann, longer), []any{meetup.Updated{Name: "Dinner", DurationMinutes: 120, ActorName: "Ann"}}, nil},
		{"an open end", given(created()), update(ann, open), []any{meetup.Updated{Name: "Dinner", ActorName: "Ann"}}, nil},
		{"E-T4: another time", given(created()), update(ann, to(boxing)), []any{moved(boxing).payload}, nil},
		{"E-T4: the same instant in another zone is another time on the clocks", given(created()), update(ann, to(inLondon)), []any{moved(inLondon).payload}, nil},
		{"E-T1: another location", given(created()), update(ann, place(home)), []any{relocated(luigis, home)}, nil},
		{"E-T1: the same location on the map", given(created()), update(ann, place(mapped(52.5))), []any{relocated(luigis, mapped(52.5))}, nil},
		{"E-T1: the same place on the map", onMap, update(ann, place(mapped(52.5))), nil, nil},
		{"E-T1: another place on the map", onMap, update(ann, place(mapped(52.6))), []any{relocated(mapped(52.5), mapped(52.6))}, nil},
		{"E-T1: off the map", onMap, update(ann, place(luigis)), []any{relocated(mapped(52.5), luigis)}, nil},
		{"one event for each thing", given(created()), update(ann, meetup.Change{Name: new("Lunch"), Where: &home, When: &boxing, DurationMinutes: new(0)}),
			[]any{meetup.Updated{Name: "Lunch", ActorName: "Ann"}, moved(boxing).payload, relocated(luigis, home)}, nil},
		{"nothing", given(created()), update(ann, meetup.Change{}), nil, nil},
		{"what is so already", given(created()), update(ann, meetup.Change{Name: new("Dinner"), Where: &luigis, When: &eve, DurationMinutes: new(90)}), nil, nil},
		{"E-T4: not to the past, and nothing else either", given(created()), update(ann, meetup.Change{Name: new("Lunch"), When: new(at(-time.Hour))}), nil, meetup.ErrPastDate},
		{"E-T4: not to now", given(created()), update(ann, to(at(0))), nil, meetup.ErrPastDate},
		{"E-T4: what has begun can be called otherwise", begun, update(ann, meetup.Change{Name: new("Lunch"), When: new(at(-time.Hour))}),
			[]any{meetup.Updated{Name: "Lunch", DurationMinutes: 90, ActorName: "Ann"}}, nil},
		{"not once it is cancelled", given(created(), cancelled()), update(ann, lunch), nil, meetup.ErrCancelled},
	})
}

func TestCancelling(t *testing.T) {
	tied := given(created("bob"), asked("a", onBoxing, atEve), asked("b", pizza, soup), asked("c", atAnn, atLuigis), voted("ann", "a", 0), voted("bob", "a", 1),
		fact{actor: "bob", payload: end("b", meetup.ReasonClosed, nobody)})
	off := meetup.Cancelled{Reason: "Snow", ActorName: "Ann"}
	hold(t, []rule{
		{"it is off", given(created()), cancel(ann, ""), []any{cancelled().payload}, nil},
		{"it is off for a reason", given(created()), cancel(ann, "Snow"), []any{off}, nil},
		{"V-T6: open polls end with it and lead to nothing", tied, cancel(ann, "Snow"), []any{
			end("a", meetup.ReasonClosed, tie(won(0, onBoxing))), end("c", meetup.ReasonClosed, nobody), off,
		}, nil},
		{"it is off once", given(created(), cancelled()), cancel(ann, "Snow"), nil, meetup.ErrCancelled},
	})
}

func TestImages(t *testing.T) {
	const another = "https://example.com/2.png"
	hold(t, []rule{
		{"C-7, V-T5, D-16, E-T8: another picture", given(created()), changeImage(ann, another), []any{meetup.ImageChanged{ImageURL: another}}, nil},
		{"C-7: no picture", given(created()), changeImage(ann, ""), []any{meetup.ImageChanged{}}, nil},
		{"C-7: the same picture changes nothing", given(created()), changeImage(ann, "https://example.com/1.png"), nil, nil},
		{"C-7: not once it is cancelled", given(created(), cancelled()), changeImage(ann, another), nil, meetup.ErrCancelled},
	})
}

// TestStoredNames: what happens to a meetup is never taken for something of a room
// (D-16, D-39).
func TestStoredNames(t *testing.T) {
	if stream := meetup.Stream("m-1"); stream != "meetup_m-1" {
		t.Errorf("the stream is %s", stream)
	}
	for name := range event.NewCatalogue(meetup.Events).Versions() {
		if !strings.HasPrefix(name, "meetup.") {
			t.Errorf("%s is not named for a meetup", name)
		}
	}
}

func TestAnswers(t *testing.T) {
	says := func(rsvp meetup.RSVP) []any { return []any{meetup.RSVPChanged{RSVP: rsvp}} }
	met := given(created("bob"), answered("bob", meetup.Yes), moved(boxing))
	hold(t, []rule{
		{"C-9, V-T2, E-V1: yes", given(created("bob")), answer("bob", meetup.Yes), says(meetup.Yes), nil},
		{"C-9, V-T2, E-V1: no", given(created("bob")), answer("bob", meetup.No), says(meetup.No), nil},
		{"C-9, V-T2, E-V1: maybe", given(created("bob")), answer("bob", meetup.Maybe), says(meetup.Maybe), nil},
		{"C-9: another answer", given(created("bob"), answered("bob", meetup.Yes)), answer("bob", meetup.No), says(meetup.No), nil},
		{"C-9: the same answer changes nothing", given(created("bob"), answered("bob", meetup.Yes)), answer("bob", meetup.Yes), nil, nil},
		{"C-9, E-T9: the organizer has said yes", given(created()), answer("ann", meetup.Yes), nil, nil},
		{"C-9: after a move the same answer confirms", met, answer("bob", meetup.Yes), says(meetup.Yes), nil},
		{"C-9: after a move another answer is one", met, answer("bob", meetup.No), says(meetup.No), nil},
		{"D-22: nobody answers who is not invited", given(created("bob")), answer("dee", meetup.Yes), nil, meetup.ErrUnknown},
		{"D-22: nobody answers who has left", given(created("bob"), left("bob", 4)), answer("bob", meetup.Yes), nil, meetup.ErrUnknown},
		{"C-9: not once it is cancelled", given(created("bob"), cancelled()), answer("bob", meetup.Yes), nil, meetup.ErrCancelled},
	})
}

func TestFollowingTheRoom(t *testing.T) {
	in := func(person string, sequence int64) []any {
		return []any{meetup.AttendeeJoined{UserID: person, RoomSequence: sequence}}
	}
	out := func(person string, sequence int64) []any {
		return []any{meetup.AttendeeLeft{UserID: person, RoomSequence: sequence}}
	}
	missing := given(created("bob", "cem"), asked("a", onBoxing, atEve), asked("b", pizza, soup), voted("ann", "a", 0), voted("bob", "a", 0), voted("ann", "b", 1), voted("bob", "b", 0))
	hold(t, []rule{
		{"D-22, E-T3: who joins the room attends", given(created()), inRoom("bob", true, 4), in("bob", 4), nil},
		{"E-T3: who attends already does", given(created("bob")), inRoom("bob", true, 4), nil, nil},
		{"E-T3: who leaves the room no longer attends", given(created("bob")), inRoom("bob", false, 4), out("bob", 4), nil},
		{"E-T3: who does not attend cannot leave", given(created()), inRoom("bob", false, 4), nil, nil},
		{"E-T3: who left comes back", given(created("bob"), left("bob", 4)), inRoom("bob", true, 5), in("bob", 5), nil},
		{"E-T3: the organizer leaves", given(created("bob")), inRoom("ann", false, 4), out("ann", 4), nil},
		{"E-T3: the last leaves", given(created()), inRoom("ann", false, 4), out("ann", 4), nil},
		{"what the room was like before the meetup does not count", given(created("bob")), inRoom("bob", false, 3), nil, nil},
		{"what the room was like before is overtaken: in, of somebody seen to be out", given(created("bob"), left("bob", 9)), inRoom("bob", true, 8), nil, nil},
		{"what the room was like before is overtaken: out, of somebody seen to be in", given(created(), joined("bob", 9)), inRoom("bob", false, 8), nil, nil},
		{"the same look at the room changes nothing", given(created(), joined("bob", 9)), inRoom("bob", false, 9), nil, nil},
		{"others' comings and goings are theirs", given(created("bob"), joined("cem", 9)), inRoom("bob", false, 8), out("bob", 8), nil},
		{"E-T3: people come and go though it is cancelled", given(created("bob"), cancelled()), inRoom("bob", false, 4), out("bob", 4), nil},
		{"E-T3: people join though it is cancelled", given(created(), cancelled()), inRoom("bob", true, 4), in("bob", 4), nil},
		{"there is no meetup", given(), inRoom("bob", true, 4), nil, nil},
		{"D-11, E-P11: who leaves no longer holds polls up", missing, inRoom("cem", false, 4), append(out("cem", 4),
			end("a", meetup.ReasonEveryoneVoted, applied(won(0, onBoxing))), meetup.Rescheduled{From: eve, To: boxing, PollID: "a"},
			end("b", meetup.ReasonEveryoneVoted, tie(won(1, soup)))), nil},
		{"E-P11: others' votes are missing still", given(created("bob", "cem"), asked("a", pizza, soup), voted("cem", "a", 0)), inRoom("cem", false, 4), out("cem", 4), nil},
		{"a poll that nobody takes part in any more ends", given(created("bob"), asked("a", pizza, soup), left("ann", 4)), inRoom("bob", false, 5), append(out("bob", 5),
			end("a", meetup.ReasonEveryoneVoted, nobody)), nil},
	})
}
