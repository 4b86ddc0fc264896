package fcm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"

	"boochat/emulators/fcm"
)

func atNoon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// start serves a sink, and gives its address with a client of the real SDK.
func start(t *testing.T) (url string, client *messaging.Client) {
	t.Helper()
	server := httptest.NewServer(fcm.New(atNoon).Handler())
	t.Cleanup(server.Close)
	app, err := firebase.NewApp(t.Context(), &firebase.Config{ProjectID: "p-fcm"},
		option.WithEndpoint(server.URL+"/v1"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	client, err = app.Messaging(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, client
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d: %s", url, response.StatusCode, body)
	}
	return string(body)
}

func received(t *testing.T, url, token string) []fcm.Received {
	t.Helper()
	var answer struct{ Messages []fcm.Received }
	if err := json.Unmarshal([]byte(fetch(t, url+"/messages?token="+token)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Messages
}

func TestSDKSends(t *testing.T) {
	url, client := start(t)
	name, err := client.Send(t.Context(), &messaging.Message{
		Token:        "phone",
		Notification: &messaging.Notification{Title: "Ann", Body: "Hello"},
		Data:         map[string]string{"roomId": "one"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(name, "projects/p-fcm/messages/") {
		t.Errorf("name %q", name)
	}
	got := received(t, url, "phone")
	if len(got) != 1 || got[0].Name != name || got[0].Token != "phone" || got[0].Status != 200 || got[0].At != "2026-03-01T12:00:00.000Z" {
		t.Fatalf("received %+v", got)
	}
	var message messaging.Message
	if err := json.Unmarshal(got[0].Message, &message); err != nil {
		t.Fatal(err)
	}
	if message.Notification.Body != "Hello" || message.Data["roomId"] != "one" {
		t.Errorf("message %s", got[0].Message)
	}

	if _, err := client.Send(t.Context(), &messaging.Message{Topic: "news"}); err != nil {
		t.Error(err)
	}
	if _, err := client.SendDryRun(t.Context(), &messaging.Message{Token: "phone"}); err != nil {
		t.Error(err)
	}
	if got := received(t, url, ""); len(got) != 2 || got[0].Token != "" || got[1].Token != "phone" {
		t.Errorf("want the topic's before the phone's and no dry run: %+v", got)
	}
	if got := received(t, url, "another"); len(got) != 0 {
		t.Errorf("another token received %+v", got)
	}
}

func TestSDKUnderstandsErrors(t *testing.T) {
	for _, c := range []struct {
		token    string
		is       func(error) bool
		status   int
		attempts int // the SDK repeats what was 503 up to four times
	}{
		{"unregistered-1", messaging.IsUnregistered, 404, 1},
		{"quota-1", messaging.IsQuotaExceeded, 429, 1},
		{"internal-1", messaging.IsInternal, 500, 1},
		{"unavailable-1", messaging.IsUnavailable, 503, 5},
	} {
		t.Run(c.token, func(t *testing.T) {
			t.Parallel()
			url, client := start(t)
			_, err := client.Send(context.Background(), &messaging.Message{Token: c.token})
			if err == nil || !c.is(err) {
				t.Errorf("the SDK makes of it: %v", err)
			}
			got := received(t, url, c.token)
			if len(got) != c.attempts {
				t.Errorf("%d attempts, want %d", len(got), c.attempts)
			}
			for _, r := range got {
				if r.Status != c.status || r.Name != "" {
					t.Errorf("received %+v", r)
				}
			}
		})
	}
}

func TestUnavailableSaysWhenToTryAgain(t *testing.T) {
	url, _ := start(t)
	response := post(t, url, `{"message":{"token":"unavailable-1"}}`)
	if got := response.Header.Get("Retry-After"); response.StatusCode != 503 || got != "1" {
		t.Errorf("HTTP %d, Retry-After %q", response.StatusCode, got)
	}
}

func TestMulticastAnswersForEachToken(t *testing.T) {
	_, client := start(t)
	answer, err := client.SendEachForMulticast(t.Context(), &messaging.MulticastMessage{Tokens: []string{"phone", "unregistered-1", "laptop"}})
	if err != nil {
		t.Fatal(err)
	}
	var delivered []bool
	for _, r := range answer.Responses {
		delivered = append(delivered, r.Success)
	}
	if !slices.Equal(delivered, []bool{true, false, true}) || !messaging.IsUnregistered(answer.Responses[1].Error) {
		t.Errorf("delivered %v, %v", delivered, answer.Responses[1].Error)
	}
}

func TestSlowTokens(t *testing.T) {
	url, client := start(t)
	hurried, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.Send(hurried, &messaging.Message{Token: "slow-hurried"}); err == nil {
		t.Error("a slow token was answered at once")
	}
	begun := time.Now()
	if _, err := client.Send(t.Context(), &messaging.Message{Token: "slow-patient"}); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took < fcm.SlowFor {
		t.Errorf("took %s", took)
	}
	if got := received(t, url, ""); len(got) != 1 || got[0].Token != "slow-patient" {
		t.Errorf("received %+v", got)
	}
}

func TestRefusesWhatIsNoMessage(t *testing.T) {
	url, _ := start(t)
	for _, body := range []string{
		``, `{`, `[]`, `{}`, `{"message":null}`, `{"message":7}`, `{"message":{}}`,
		`{"message":{"token":7}}`,
		`{"message":{"token":"phone","topic":"news"}}`,
		`{"message":{"token":"` + strings.Repeat("x", fcm.MaxBody) + `"}}`,
	} {
		response := post(t, url, body)
		var answer struct{ Error struct{ Status string } }
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Error(err)
		}
		if response.StatusCode != 400 || answer.Error.Status != "INVALID_ARGUMENT" {
			t.Errorf("%.50s: HTTP %d, %q", body, response.StatusCode, answer.Error.Status)
		}
	}
	if got := received(t, url, ""); len(got) != 0 {
		t.Errorf("received %+v", got)
	}
}

func TestForgetsTheOldest(t *testing.T) {
	url, _ := start(t)
	for i := range fcm.Kept + 2 {
		post(t, url, fmt.Sprintf(`{"message":{"token":"t-%d"}}`, i))
	}
	got := received(t, url, "")
	if len(got) != fcm.Kept || got[0].Token != fmt.Sprintf("t-%d", fcm.Kept+1) || got[fcm.Kept-1].Token != "t-2" {
		t.Errorf("kept %d, from %s to %s", len(got), got[0].Token, got[len(got)-1].Token)
	}
}

func TestPage(t *testing.T) {
	url, client := start(t)
	if page := fetch(t, url); !strings.Contains(page, "Nothing yet") {
		t.Errorf("empty page: %s", page)
	}
	if _, err := client.Send(t.Context(), &messaging.Message{Token: "phone", Notification: &messaging.Notification{Body: "Hello"}}); err != nil {
		t.Fatal(err)
	}
	post(t, url, `{"message":{"token":"phone","notification":{"body":"<script>alert(1)</script>"}}}`)
	post(t, url, `{"message":{"token":"quota-1"}}`)
	page := fetch(t, url)
	quota, script, hello := strings.Index(page, "Refused with 429"), strings.Index(page, "alert(1)"), strings.Index(page, "Hello")
	if !(0 < quota && quota < script && script < hello) {
		t.Errorf("want the newest first: %d, %d, %d in %s", quota, script, hello, page)
	}
	if strings.Contains(page, "<script") {
		t.Error("a message's markup is the page's")
	}
	if page := fetch(t, url+"/?token=quota-1"); strings.Contains(page, "Hello") || !strings.Contains(page, "Refused with 429") {
		t.Errorf("page of one token: %s", page)
	}
}

func post(t *testing.T, url, body string) *http.Response {
	t.Helper()
	response, err := http.Post(url+"/v1/projects/p-fcm/messages:send", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}
