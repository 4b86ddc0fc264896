package main

import (
	"net/http"
	"strings"
	"testing"

	"boochat/emulators/scenario/client"
)

// TestLogsTellNothingPrivate plays through what people do, right and wrong, with
// marked words, and looks for these in what the program prints.
func TestLogsTellNothingPrivate(t *testing.T) {
	const message, person, room = "Xmessagex", "Xpersonx", "Xroomx"
	s := start(t, t.TempDir(), "LOG_LEVEL=debug")
	c := client.Client{URL: s.url}
	who := client.Identity{Email: "ann@example.com", Name: person}
	idToken, err := c.IDToken(patient(t), who)
	if err != nil {
		t.Fatal(err)
	}
	session, err := c.SignIn(patient(t), who)
	if err != nil {
		t.Fatal(err)
	}
	ann := newPerson(t, c, session)
	c = ann.Client
	ear := ann.listen()
	roomID := ann.do("create-room", fields{"name": room, "participantIds": []string{}}).RoomID
	ann.do("send-message", fields{"roomId": roomID, "content": message})
	ann.do("rename-room", fields{"roomId": roomID, "name": room + " again"})
	ann.do("update-profile", fields{"name": person + " again"})
	post := func(path, body string) {
		t.Helper()
		if _, err := c.Send(patient(t), http.MethodPost, path, []byte(body), http.Header{"Content-Type": {"application/json"}}); err != nil {
			t.Fatal(err)
		}
	}
	post("/v1/send-message", `{"roomId":"`+roomID+`","content":"`+message+`","extra":"`+message+`"}`)
	post("/v1/send-message", `{"roomId":"`+roomID+`","content":"`+message) // not JSON
	post("/v1/send-message", `{"roomId":"`+message+`","content":"`+message+`"}`)
	post("/v1/authenticate", `{"idToken":"`+idToken+`x"}`)
	post("/v1/refresh", `{"refreshToken":"`+session.RefreshToken+`x"}`)
	post("/v1/"+message, `{}`)
	for _, path := range []string{"/v1/me?access_token=" + session.AccessToken, "/v1/live?token=" + session.AccessToken, "/v1/rooms/" + message} {
		if _, err := c.Get(patient(t), path); err != nil {
			t.Fatal(err)
		}
	}
	calendar, err := c.Get(patient(t), "/v1/calendar")
	if err != nil || !strings.Contains(string(calendar.Body), "/v1/calendar/") {
		t.Fatalf("the calendar's address is answered %d %s (%v)", calendar.Status, calendar.Body, err)
	}
	_, path, _ := strings.Cut(string(calendar.Body), "/v1/calendar/")
	secret, _, _ := strings.Cut(path, ".ics")
	for _, file := range []string{secret + ".ics", secret, secret + ".ics/x", secret + ".ics?x=" + secret} {
		if _, err := c.Get(patient(t), "/v1/calendar/"+file); err != nil {
			t.Fatal(err)
		}
	}
	post("/v1/calendar/"+secret+".ics", "")
	post("/v1/sign-out", "")
	if _, err := ear.Ended(patient(t)); err != nil {
		t.Fatal(err)
	}
	s.stop(t)

	if !strings.Contains(s.Output(), "POST /v1/send-message") {
		t.Fatalf("nothing is logged:\n%s", s.Output())
	}
	for what, marked := range map[string]string{
		"a message": message, "a person's name": person, "a room's name": room, "an e-mail address": who.Email,
		"an ID token": idToken, "an access token": session.AccessToken, "a refresh token": session.RefreshToken,
		"a calendar's address": secret,
	} {
		for line := range strings.Lines(s.Output()) {
			if strings.Contains(line, marked) {
				t.Errorf("the program prints %s: %s", what, line)
			}
		}
	}
}
