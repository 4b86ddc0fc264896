// Package pubsub is delivery by Google Cloud Pub/Sub: it publishes events to topics.
// Pub/Sub then pushes them to the functions, which is HTTP like any other.
package pubsub

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"boochat/shared/bus"
	"boochat/shared/event"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// What one publish request may hold (https://cloud.google.com/pubsub/quotas).
const (
	maxMessages = 1000
	maxBytes    = 10_000_000
)

// Publisher hands events to the topics of a project.
type Publisher struct {
	client  *pubsub.Client
	project string
}

var _ bus.Publisher = (*Publisher)(nil)

// Open makes a publisher of a Google Cloud project, or of the emulator where
// PUBSUB_EMULATOR_HOST names one. It connects when it first publishes. Dial options,
// such as interceptors that count, apply to its connections. Close it.
func Open(ctx context.Context, project string, dial ...grpc.DialOption) (*Publisher, error) {
	var options []option.ClientOption
	for _, d := range dial {
		options = append(options, option.WithGRPCDialOption(d))
	}
	client, err := pubsub.NewClient(ctx, project, options...)
	if err != nil {
		return nil, fmt.Errorf("open Pub/Sub: %w", err)
	}
	return &Publisher{client, project}, nil
}

// Close ends the connections.
func (p *Publisher) Close() error { return p.client.Close() }

// Publish implements bus.Publisher. It returns when Pub/Sub has everything, or with
// ctx: until then it tries again what is worth it. Events of no topic are for
// nobody. When it fails, some events may have been published, and may be again.
func (p *Publisher) Publish(ctx context.Context, events []event.Envelope) error {
	var topics []string // in the order in which they come
	messages := map[string][]*pubsubpb.PubsubMessage{}
	for _, e := range events {
		topic := e.Stream.Topic()
		if topic == "" {
			continue
		}
		m, err := message(e)
		if err != nil {
			return err
		}
		if messages[topic] == nil {
			topics = append(topics, topic)
		}
		messages[topic] = append(messages[topic], m)
	}
	for _, topic := range topics {
		for _, request := range requests(topicName(p.project, topic), messages[topic]) {
			// Not the client's Publisher: it sends in the background, whatever becomes of
			// ctx, and after a failure holds a key up until it is told to resume.
			if _, err := p.client.TopicAdminClient.Publish(ctx, request); err != nil {
				return fmt.Errorf("publish %d events to %s: %w", len(request.Messages), topic, err)
			}
		}
	}
	return nil
}

// message is an event on its way. Its key has Pub/Sub deliver a stream in the order
// of publishing; its attributes are for subscriptions' filters and for people.
func message(e event.Envelope) (*pubsubpb.PubsubMessage, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return &pubsubpb.PubsubMessage{
		Data: data, OrderingKey: string(e.Stream),
		Attributes: map[string]string{
			"id": e.ID, "type": e.Type, "stream": string(e.Stream), "sequence": strconv.FormatInt(e.Sequence, 10),
		},
	}, nil
}

// requests splits messages, in their order, into requests that Pub/Sub takes. A
// message that is too large for any is left for Pub/Sub to refuse.
func requests(topic string, messages []*pubsubpb.PubsubMessage) (all []*pubsubpb.PublishRequest) {
	const framing = 8 // bytes around a message or the topic's name, at most
	var last *pubsubpb.PublishRequest
	var size int
	for _, m := range messages {
		grown := size + proto.Size(m) + framing
		if last == nil || len(last.Messages) == maxMessages || grown > maxBytes {
			last = &pubsubpb.PublishRequest{Topic: topic}
			all = append(all, last)
			grown = len(topic) + framing + proto.Size(m) + framing
		}
		last.Messages = append(last.Messages, m)
		size = grown
	}
	return all
}

func topicName(project, topic string) string {
	return "projects/" + project + "/topics/" + topic
}
