package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/scenario/client"
	"boochat/shared/adapter/firestore"
	"boochat/shared/view"
)

func TestMain(m *testing.M) {
	googletest.Main(m, googletest.Firestore(google.Rules("../../../terraform/firestore.rules")))
}

// TestListeningToMeetups has Bob listen by the security rules while a meetup comes,
// changes, and goes on without him.
func TestListeningToMeetups(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	where := client.Firestore{Host: os.Getenv(google.FirestoreVariable), Project: googletest.Project()}
	server, err := firestore.Open(ctx, where.Project)
	if err != nil {
		t.Fatal(err)
	}
	bob := client.NewFirestoreListener(where, "bob")
	t.Cleanup(func() {
		for _, close := range []func() error{bob.Close, server.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	})
	views := firestore.NewViews(server)
	write := func(name string, attendees, joined, left []string) {
		t.Helper()
		path := view.MeetupPath("picnic")
		data, err := json.Marshal(view.Meetup{ID: "picnic", Name: name, AttendeeIDs: attendees})
		if err != nil {
			t.Fatal(err)
		}
		_, err = views.Write(ctx, []view.Write{{Path: path, Scope: view.ReadersOf(path), Data: data, Blind: true, Joined: joined, Left: left}})
		if err != nil {
			t.Fatal(err)
		}
	}
	connect := func() {
		t.Helper()
		if err := bob.Connect(ctx); err != nil {
			t.Fatal(err)
		}
	}
	hears := func(name string) {
		t.Helper()
		err := bob.Until(ctx, func(m *client.Model) bool {
			var shown view.Meetup
			data, there := m.Documents[view.MeetupPath("picnic")]
			return m.Current && there == (name != "") && (!there || json.Unmarshal(data, &shown) == nil && shown.Name == name)
		})
		if err != nil {
			t.Fatal(fmt.Errorf("%q: %w", name, err))
		}
	}
	connect()
	hears("")
	write("Picnic", []string{"ann"}, []string{"ann"}, nil)
	write("Bob's picnic", []string{"ann", "bob"}, []string{"bob"}, nil)
	hears("Bob's picnic")
	write("Big picnic", []string{"ann", "bob"}, nil, nil)
	hears("Big picnic")
	write("Ann's picnic", []string{"ann"}, nil, []string{"bob"})
	hears("")
	write("Last picnic", []string{"ann", "bob"}, []string{"bob"}, nil)
	hears("Last picnic")
	bob.Cut()
	write("Ann's picnic", []string{"ann"}, nil, []string{"bob"})
	connect()
	hears("")
}
