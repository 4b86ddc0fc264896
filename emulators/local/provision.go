package local

import (
	"context"

	"boochat/functions"
	"boochat/shared/adapter/pubsub"
)

// Provision has the Pub/Sub emulator push every topic's events to the triggers of a
// server at a URL, from the same table that is deployed.
func Provision(ctx context.Context, project, url string) error {
	var subscriptions []pubsub.Subscription
	for _, f := range functions.WithoutSockets() {
		if f.Kind == functions.Trigger {
			subscriptions = append(subscriptions, pubsub.Subscription{Name: f.Name, Topic: f.Topic, Endpoint: url + f.Path, Filter: f.Filter()})
		}
	}
	return pubsub.Provision(ctx, project, subscriptions)
}
