package room_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"boochat/shared/event"
	"boochat/shared/room"
)

var (
	ann = room.Person{ID: "ann", Name: "Ann"}
	bob = room.Person{ID: "bob", Name: "Bob"}
	cem = room.Person{ID: "cem", Name: "Cem"}
)

// fact is a payload with its actor.
type fact struct {
	actor   string
	payload any
}

// given folds facts into a room.
func given(facts ...fact) *room.Room {
	r := room.New()
	for i, f := range facts {
		r.Apply(event.Envelope{Sequence: int64(i) + 1, Actor: f.actor}, f.payload)
	}
	return r
}

func created(by room.Person, others ...string) fact {
	return fact{by.ID, room.Created{Name: "Lunch", ImageURL: "https://example.com/1.png", MemberIDs: append([]string{by.ID}, others...), ActorName: by.Name}}
}

func invited(by, who room.Person) fact {
	return fact{by.ID, room.UserInvited{InviteeID: who.ID, InviteeName: who.Name, ActorName: by.Name}}
}

func left(who room.Person) fact { return fact{who.ID, room.UserLeft{ActorName: who.Name}} }

func full() fact {
	var others []string
	for i := range room.MaxMembers - 1 {
		others = append(others, fmt.Sprint("p", i))
	}
	return created(ann, others...)
}

// told is the announcement of a meetup's fact.
func told(meetupID string, sequence int64) room.AnnouncementCreated {
	return room.AnnouncementCreated{Kind: "meetup-created", Text: "Ann plans a picnic", Arguments: map[string]string{"meetupId": meetupID}, MeetupID: meetupID, MeetupSequence: sequence}
}

type decide = func(*room.Room) ([]any, error)

func create(by room.Person, participants ...string) decide {
	return func(r *room.Room) ([]any, error) { return r.Create(by, "Lunch", "", participants) }
}

func post(by room.Person) decide {
	return func(r *room.Room) ([]any, error) { return r.Post(by.ID, "m-1", "hi") }
}

func invite(by, who room.Person) decide {
	return func(r *room.Room) ([]any, error) { return r.Invite(by, who) }
}

func leave(by room.Person) decide {
	return func(r *room.Room) ([]any, error) { return r.Leave(by) }
}

func rename(by room.Person, name string) decide {
	return func(r *room.Room) ([]any, error) { return r.Rename(by, name) }
}

func changeImage(by room.Person, url string) decide {
	return func(r *room.Room) ([]any, error) { return r.ChangeImage(by, url) }
}

func announce(a room.AnnouncementCreated) decide {
	return func(r *room.Room) ([]any, error) { return r.Tell(a) }
}

func TestRules(t *testing.T) {
	opened := func(members ...string) room.Created {
		return room.Created{Name: "Lunch", MemberIDs: members, ActorName: "Ann"}
	}
	for _, c := range []struct {
		name  string
		given *room.Room
		when  decide
		then  any // the one event, or nil
		kind  event.Kind
		rule  string
		field string
	}{
		{"C-3, V-R1: a room is created with its people", given(), create(ann, "bob", "cem"), opened("ann", "bob", "cem"), 0, "", ""},
		{"D-21, E-R3: the creator is in without saying so, alone if need be", given(), create(ann), opened("ann"), 0, "", ""},
		{"D-21, E-R3: the creator and others are in once", given(), create(ann, "bob", "ann", "bob"), opened("ann", "bob"), 0, "", ""},
		{"E-R1: an id is taken once", given(created(ann)), create(ann), nil, event.Conflict, "", ""},
		{"E-R1: an id is taken once, by whomever", given(created(ann)), create(bob), nil, event.Conflict, "", ""},
		{"E-R3: a room of 501 is not created", given(), create(bob, slices.Clone(full().payload.(room.Created).MemberIDs)...), nil, event.RuleViolated, "limit", "participantIds"},
		{"E-R3: a room of 500 is created", given(), create(ann, full().payload.(room.Created).MemberIDs...), opened(full().payload.(room.Created).MemberIDs...), 0, "", ""},

		{"C-2, V-R5, E-M1: a member posts under an id of their choice", given(created(ann, "bob")), post(bob), room.MessageSent{ID: "m-1", Content: "hi"}, 0, "", ""},
		{"D-4: a stranger does not post", given(created(ann)), post(bob), nil, event.NotFound, "", ""},
		{"D-4: who left does not post", given(created(ann, "bob"), left(bob)), post(bob), nil, event.NotFound, "", ""},
		{"nobody posts in a room that is not there", given(), post(ann), nil, event.NotFound, "", ""},

		{"C-4, V-R2: a member invites", given(created(ann)), invite(ann, bob), room.UserInvited{InviteeID: "bob", InviteeName: "Bob", ActorName: "Ann"}, 0, "", ""},
		{"C-4: an invitee invites", given(created(ann), invited(ann, bob)), invite(bob, cem), room.UserInvited{InviteeID: "cem", InviteeName: "Cem", ActorName: "Bob"}, 0, "", ""},
		{"D-20: inviting a member changes nothing", given(created(ann), invited(ann, bob)), invite(ann, bob), nil, 0, "", ""},
		{"D-20: inviting oneself changes nothing", given(created(ann)), invite(ann, ann), nil, 0, "", ""},
		{"D-4: a stranger does not invite", given(created(ann)), invite(bob, cem), nil, event.NotFound, "", ""},
		{"D-4: a stranger does not invite themselves", given(created(ann)), invite(bob, bob), nil, event.NotFound, "", ""},
		{"who left is invited back", given(created(ann, "bob"), left(bob)), invite(ann, bob), room.UserInvited{InviteeID: "bob", InviteeName: "Bob", ActorName: "Ann"}, 0, "", ""},
		{"E-R3: a full room takes nobody in", given(full()), invite(ann, bob), nil, event.RuleViolated, "limit", "inviteeId"},
		{"D-20: inviting a member of a full room changes nothing", given(full()), invite(ann, room.Person{ID: "p7"}), nil, 0, "", ""},

		{"C-5, V-R3: a member leaves", given(created(ann, "bob")), leave(bob), room.UserLeft{ActorName: "Bob"}, 0, "", ""},
		{"C-5: the creator leaves", given(created(ann, "bob")), leave(ann), room.UserLeft{ActorName: "Ann"}, 0, "", ""},
		{"C-5: who left is told so", given(created(ann, "bob"), left(bob)), leave(bob), nil, event.RuleViolated, "already-left", ""},
		{"C-5: who left and came back leaves again", given(created(ann, "bob"), left(bob), invited(ann, bob)), leave(bob), room.UserLeft{ActorName: "Bob"}, 0, "", ""},
		{"D-4: a stranger does not leave", given(created(ann)), leave(bob), nil, event.NotFound, "", ""},

		{"E-R2: a member renames", given(created(ann, "bob")), rename(bob, "Dinner"), room.Renamed{Name: "Dinner", ActorName: "Bob"}, 0, "", ""},
		{"E-R2: the same name changes nothing", given(created(ann)), rename(ann, "Lunch"), nil, 0, "", ""},
		{"D-4: a stranger does not rename, not even to the same", given(created(ann)), rename(bob, "Lunch"), nil, event.NotFound, "", ""},

		{"C-7, E-R5: a member changes the image", given(created(ann, "bob")), changeImage(bob, "https://example.com/2.png"), room.ImageChanged{ImageURL: "https://example.com/2.png", ActorName: "Bob"}, 0, "", ""},
		{"C-7: the same image changes nothing", given(created(ann)), changeImage(ann, "https://example.com/1.png"), nil, 0, "", ""},
		{"D-4: a stranger does not change the image", given(created(ann)), changeImage(bob, "https://example.com/2.png"), nil, event.NotFound, "", ""},

		{"V-R6, D-37: a meetup is told of", given(created(ann)), announce(told("picnic", 1)), told("picnic", 1), 0, "", ""},
		{"V-R6: what came after is told, too", given(created(ann), fact{"", told("picnic", 1)}), announce(told("picnic", 4)), told("picnic", 4), 0, "", ""},
		{"V-R6: another meetup is told of", given(created(ann), fact{"", told("picnic", 4)}), announce(told("opera", 1)), told("opera", 1), 0, "", ""},
		{"V-R6: what has been told is told no more", given(created(ann), fact{"", told("picnic", 4)}), announce(told("picnic", 4)), nil, 0, "", ""},
		{"V-R6: what came before is told no more", given(created(ann), fact{"", told("picnic", 4)}), announce(told("picnic", 3)), nil, 0, "", ""},
		{"V-R6: a room that all have left is told", given(created(ann), left(ann)), announce(told("picnic", 1)), told("picnic", 1), 0, "", ""},
		{"V-R6: a room that is not there is told nothing", given(), announce(told("picnic", 1)), nil, event.NotFound, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := c.given.Clone()
			events, err := c.when(c.given)
			var want []any
			if c.then != nil {
				want = []any{c.then}
			}
			if !reflect.DeepEqual(events, want) {
				t.Errorf("events %+v, want %+v", events, want)
			}
			var refusal event.Refusal
			if r, ok := err.(*event.Refusal); ok {
				refusal = *r
			} else if err != nil {
				t.Fatalf("error %v is no refusal", err)
			}
			if refusal.Kind != c.kind || refusal.Rule != c.rule || refusal.Field != c.field {
				t.Errorf("refused with %+v, want kind %d, rule %q, field %q", refusal, c.kind, c.rule, c.field)
			}
			if !reflect.DeepEqual(c.given, before) {
				t.Errorf("deciding has changed the room to %+v", c.given)
			}
		})
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		name string
		got  *room.Room
		want room.Room
	}{
		{"E-R1: a room that is not there", given(), room.Room{}},
		{"E-R2, E-R3, E-R5: created", given(created(ann, "bob")),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"ann", "bob"}, Sequence: 1}},
		{"V-R2: invited", given(created(ann), invited(ann, bob), invited(bob, cem)),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"ann", "bob", "cem"}, Sequence: 3}},
		{"V-R3: left", given(created(ann, "bob"), left(ann)),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"bob"}, Former: []string{"ann"}, Sequence: 2}},
		{"came back, behind those who stayed", given(created(ann, "bob"), left(ann), invited(bob, ann)),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"bob", "ann"}, Former: []string{}, Sequence: 3}},
		{"D-17: renamed, with another image", given(created(ann), fact{"ann", room.Renamed{Name: "Dinner"}}, fact{"ann", room.ImageChanged{ImageURL: "https://example.com/2.png"}}),
			room.Room{Name: "Dinner", ImageURL: "https://example.com/2.png", Members: []string{"ann"}, Sequence: 3}},
		{"V-R5: a message counts", given(created(ann), fact{"ann", room.MessageSent{ID: "m", Content: "hi"}}),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"ann"}, Sequence: 2}},
		{"V-R6: meetups are told of, up to the newest", given(created(ann), fact{"", told("picnic", 1)}, fact{"", told("opera", 2)}, fact{"", told("picnic", 3)}),
			room.Room{Name: "Lunch", ImageURL: "https://example.com/1.png", Members: []string{"ann"}, Meetups: map[string]int64{"picnic": 3, "opera": 2}, Sequence: 4}},
	} {
		if !reflect.DeepEqual(*c.got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, *c.got, c.want)
		}
	}
}

// TestTrialsLeaveTheStateAlone: decisions are tried on a clone that is thrown away
// when somebody else was faster.
func TestTrialsLeaveTheStateAlone(t *testing.T) {
	r := given(created(ann, "bob"), invited(ann, cem), left(bob), fact{"", told("picnic", 1)})
	before, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []fact{left(ann), invited(cem, bob), invited(cem, room.Person{ID: "dee"}), {"cem", room.Renamed{Name: "Other"}}, {"", told("picnic", 2)}} {
		r.Clone().Apply(event.Envelope{Sequence: 5, Actor: f.actor}, f.payload)
	}
	if after, err := json.Marshal(r); err != nil || string(after) != string(before) {
		t.Errorf("the state is %s, error %v, want %s", after, err, before)
	}
}

func TestSnapshotFormIsWhole(t *testing.T) {
	r := given(created(ann, "bob", "cem"), left(bob), fact{"ann", room.Renamed{Name: "Dinner"}}, fact{"", told("picnic", 1)})
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	back := room.New()
	if err := json.Unmarshal(data, back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("read back as %+v, error %v, want %+v", back, err, r)
	}
}
