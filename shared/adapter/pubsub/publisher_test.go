package pubsub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/shared/event"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { googletest.Main(m, googletest.PubSub()) }

func open(t *testing.T, project string) *Publisher {
	t.Helper()
	p, err := Open(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// happened makes n events of a stream.
func happened(stream event.Stream, n int) []event.Envelope {
	events := make([]event.Envelope, n)
	for i := range events {
		events[i] = event.Envelope{
			ID: fmt.Sprintf("%s-%d", stream, i+1), Type: "test.happened", Version: 1, Stream: stream, Sequence: int64(i) + 1,
			Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Actor: "ann", Data: json.RawMessage(`{}`),
		}
	}
	return events
}

// listen makes a topic, and gives what pulls n messages from it.
func listen(t *testing.T, p *Publisher, topic string) (pull func(n int) []*pubsubpb.PubsubMessage) {
	t.Helper()
	name := "projects/" + p.project + "/subscriptions/" + topic + "-pulled"
	_, err := p.client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topicName(p.project, topic)})
	if err == nil {
		_, err = p.client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: name, Topic: topicName(p.project, topic), AckDeadlineSeconds: 600})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) (messages []*pubsubpb.PubsubMessage) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for len(messages) < n {
			answer, err := p.client.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{Subscription: name, MaxMessages: 1000})
			if err != nil {
				t.Fatalf("after %d of %d messages: %v", len(messages), n, err)
			}
			for _, m := range answer.ReceivedMessages {
				messages = append(messages, m.Message)
			}
		}
		if len(messages) > n {
			t.Fatalf("%d messages, want %d", len(messages), n)
		}
		return messages
	}
}

func TestPublish(t *testing.T) {
	p := open(t, googletest.Project())
	rooms, users := listen(t, p, "room-events"), listen(t, p, "user-events")
	events := append(happened("room_a", 2), happened("user_ann", 1)...)
	events = append(events, happened("visit_a.ann", 1)...)
	events = append(events, happened("ship_mary", 1)...) // of no topic
	if err := p.Publish(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	users(1)
	published := map[string]*pubsubpb.PubsubMessage{}
	for _, m := range rooms(3) {
		published[m.Attributes["id"]] = m
	}
	for i, e := range []event.Envelope{events[0], events[1], events[3]} {
		m := published[e.ID]
		if m == nil {
			t.Errorf("%s was not published", e.ID)
			continue
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		sequence := []string{"1", "2", "1"}[i]
		if string(m.Data) != string(data) || m.OrderingKey != string(e.Stream) || len(m.Attributes) != 4 ||
			m.Attributes["type"] != "test.happened" || m.Attributes["stream"] != string(e.Stream) || m.Attributes["sequence"] != sequence {
			t.Errorf("message is %v", m)
		}
	}
}

func TestPublishMoreThanOneRequestTakes(t *testing.T) {
	p := open(t, googletest.Project())
	rooms := listen(t, p, "room-events")
	if err := p.Publish(t.Context(), happened("room_a", 2500)); err != nil {
		t.Fatal(err)
	}
	rooms(2500)
}

func TestPublishFails(t *testing.T) {
	p := open(t, googletest.Project())
	if err := p.Publish(t.Context(), happened("room_a", 1)); err == nil || !strings.Contains(err.Error(), "publish 1 events to room-events") {
		t.Errorf("without a topic: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Publish(ctx, happened("room_a", 1)); err == nil {
		t.Error("with a context that has ended it succeeds")
	}
	if err := p.Publish(t.Context(), nil); err != nil {
		t.Errorf("nothing to publish: %v", err)
	}
	if _, err := Open(t.Context(), ""); err == nil {
		t.Error("opened without a project")
	}
}

func TestRequestsAreOfASizeThatPubSubTakes(t *testing.T) {
	for _, test := range []struct{ messages, bytes, want int }{
		{0, 0, 0}, {1, 0, 1}, {1000, 100, 1}, {1001, 100, 2}, {2001, 0, 3},
		{10, 999_000, 1}, {11, 999_000, 2}, {3, 6_000_000, 3}, {2, 10_000_001, 2},
	} {
		t.Run(fmt.Sprintf("%d of %d bytes", test.messages, test.bytes), func(t *testing.T) {
			var messages []*pubsubpb.PubsubMessage
			for i := range test.messages {
				messages = append(messages, &pubsubpb.PubsubMessage{MessageId: fmt.Sprint(i), Data: make([]byte, test.bytes), OrderingKey: "room_a"})
			}
			got := requests("projects/p/topics/room-events", messages)
			if len(got) != test.want {
				t.Errorf("%d requests, want %d", len(got), test.want)
			}
			next := 0
			for _, r := range got {
				if size := proto.Size(r); size > maxBytes && len(r.Messages) > 1 || len(r.Messages) > maxMessages {
					t.Errorf("a request has %d messages of %d bytes", len(r.Messages), size)
				}
				for _, m := range r.Messages {
					if m.MessageId != fmt.Sprint(next) {
						t.Fatalf("message %s is at place %d", m.MessageId, next)
					}
					next++
				}
			}
			if next != test.messages {
				t.Errorf("%d messages of %d", next, test.messages)
			}
		})
	}
}

// endpoint records what is pushed to it, as attribute sequence.
func endpoint(t *testing.T) (url string, pushed chan string) {
	t.Helper()
	pushed = make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p struct {
			Message struct{ Attributes map[string]string }
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &p)
		}
		if err != nil {
			t.Error(err)
		}
		pushed <- p.Message.Attributes["sequence"]
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server.URL, pushed
}

// The events of a stream are pushed in the order of publishing, to the endpoint of
// the last Provision, which keeps what there is.
func TestProvision(t *testing.T) {
	p := open(t, googletest.Project())
	before, pushedBefore := endpoint(t)
	after, pushedAfter := endpoint(t)
	round := func(url string, pushed chan string) {
		t.Helper()
		if err := Provision(t.Context(), p.project, []Subscription{{"first", "room-events", url, ""}, {"second", "user-events", url, ""}}); err != nil {
			t.Fatal(err)
		}
		if err := p.Publish(t.Context(), happened("room_a", 20)); err != nil {
			t.Fatal(err)
		}
		for want := range 20 {
			select {
			case got := <-pushed:
				if got != fmt.Sprint(want+1) {
					t.Fatalf("push %d is of the event at %s", want+1, got)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("push %d does not come", want+1)
			}
		}
	}
	round(before, pushedBefore)
	round(after, pushedAfter)
	if len(pushedBefore) > 0 {
		t.Error("pushes go on to the old endpoint")
	}
	client, err := pubsub.NewClient(t.Context(), p.project)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}()
	got, err := client.SubscriptionAdminClient.GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: "projects/" + p.project + "/subscriptions/first"})
	if err != nil || !got.EnableMessageOrdering || got.PushConfig.PushEndpoint != after || got.AckDeadlineSeconds != 30 || got.DeadLetterPolicy != nil {
		t.Errorf("the subscription is %v, %v", got, err)
	}
	if err := Provision(t.Context(), p.project, []Subscription{{"x", "room-events", after, ""}}); err == nil {
		t.Error("a name that is too short is taken")
	}
}
