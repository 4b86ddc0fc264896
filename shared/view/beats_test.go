package view_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/view"
)

func TestBeats(t *testing.T) {
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})
	kitchen, err := json.Marshal(view.Room{ID: "kitchen", MemberIDs: []string{"bob", "ann"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = views.Write(t.Context(), []view.Write{
		{Path: view.RoomPath("kitchen"), Data: kitchen, Scope: view.ReadersOf(view.RoomPath("kitchen")), Joined: []string{"bob", "ann"}, Blind: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	beats := view.NewBeats(views, func() time.Time { return now })
	online := func(want ...string) {
		t.Helper()
		got, err := beats.Online(t.Context(), map[string]bool{"ann": true, "bob": true, "cem": true})
		if err != nil {
			t.Fatal(err)
		}
		for _, person := range []string{"ann", "bob", "cem"} {
			if got[person] != slices.Contains(want, person) {
				t.Errorf("at %s, %s is online: %t", now.Format(time.TimeOnly), person, got[person])
			}
		}
	}
	beat := func(person string, near ...string) {
		t.Helper()
		if err := beats.Beat(t.Context(), person, near); err != nil {
			t.Fatal(err)
		}
	}
	online()
	beat("ann")
	online("ann")
	now = now.Add(40 * time.Second)
	beat("bob")
	online("ann", "bob")
	now = now.Add(20 * time.Second) // a minute after ann's
	online("bob")
	beat("ann")
	online("ann", "bob")

	got, _, err := view.Get[view.Beat](t.Context(), views, view.BeatPath("ann"))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "ann" || got.Until != "2026-03-01T12:02:00.000Z" || !slices.Equal(got.ReaderIDs, []string{"ann", "bob"}) {
		t.Errorf("the document is %+v", got)
	}

	beat("ann", "cem") // who has just come, and is in no read document yet
	got, _, err = view.Get[view.Beat](t.Context(), views, view.BeatPath("ann"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.ReaderIDs, []string{"ann", "bob", "cem"}) {
		t.Errorf("with somebody new near, the readers are %v", got.ReaderIDs)
	}
}
