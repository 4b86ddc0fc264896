package pubsub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Subscription has the events of a topic pushed to a URL.
type Subscription struct {
	Name, Topic string
	Endpoint    string // URL, absolute
	Filter      string // "" has it pushed everything
}

// How the emulator pushes.
const (
	// ackDeadline is how long an endpoint may take before the event comes again.
	ackDeadline = 30 * time.Second
	minBackoff  = 100 * time.Millisecond
	maxBackoff  = time.Second
)

// Provision makes what Terraform makes in the cloud, for a run against the emulator:
// the topics and push subscriptions of a table. Topics and subscriptions that are
// there are kept with what they hold, and their pushes go to the new endpoints.
//
// Google's emulator (0.8.20) differs from the cloud, as tried:
//
//   - Push: it posts the wrapped message, without an Authorization header whatever
//     the subscription says of OIDC, and without orderingKey and deliveryAttempt. 2xx
//     acknowledges; anything else, a broken connection and silence until the ack
//     deadline have the message come again. Java sends a request whose connection
//     breaks a second time at once. It pushes as many messages at a time as there are
//     processors, all subscriptions together: handlers that hang hold up the others.
//   - Ordering: honoured in the order of publishing, one message of a key at a time.
//     While one is tried again its key waits, and other keys go on.
//   - Redelivery: after about a second. An ordered subscription's retry policy changes
//     nothing about that; others wait roughly as it says, from the second retry on.
//   - Dead letter: an unordered subscription sends a message on after the attempts of
//     its policy. An ordered one sends nothing on and delivers nothing any more, of
//     any key. Endpoints that are not there count as attempts, too. So subscriptions
//     are made without a policy here: the handler of pushes parks what keeps failing.
//   - Filters: kept, and not applied.
//   - The limit of 1000 messages a request is enforced, the one of 10 MB is not.
func Provision(ctx context.Context, project string, subscriptions []Subscription, opts ...option.ClientOption) (err error) {
	client, err := pubsub.NewClient(ctx, project, opts...)
	if err != nil {
		return fmt.Errorf("open Pub/Sub: %w", err)
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	for _, s := range subscriptions {
		_, err := client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName(project, s.Topic)})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("make topic %s: %w", s.Topic, err)
		}
		if err := subscribe(ctx, client, project, s); err != nil {
			return fmt.Errorf("make subscription %s: %w", s.Name, err)
		}
	}
	return nil
}

func subscribe(ctx context.Context, client *pubsub.Client, project string, s Subscription) error {
	name := "projects/" + project + "/subscriptions/" + s.Name
	push := &pubsubpb.PushConfig{PushEndpoint: s.Endpoint}
	_, err := client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: name, Topic: topicName(project, s.Topic), PushConfig: push, Filter: s.Filter,
		EnableMessageOrdering: true,
		AckDeadlineSeconds:    int32(ackDeadline.Seconds()),
		RetryPolicy:           &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(minBackoff), MaximumBackoff: durationpb.New(maxBackoff)},
		ExpirationPolicy:      &pubsubpb.ExpirationPolicy{}, // never
	})
	if status.Code(err) != codes.AlreadyExists {
		return err
	}
	return client.SubscriptionAdminClient.ModifyPushConfig(ctx, &pubsubpb.ModifyPushConfigRequest{Subscription: name, PushConfig: push})
}
