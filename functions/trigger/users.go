package trigger

import (
	"context"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/user"
	"boochat/shared/view"
)

// Users projects user events into what everybody may see of a person (users/{id})
// and what the server alone keeps (accounts/{id}). The account keeps the version
// that both show.
type Users struct {
	store     Loader
	views     view.Store
	catalogue *event.Catalogue

	locks    *locks // by person
	accounts documents[view.Account]
}

// NewUsers makes the projection.
func NewUsers(store Loader, views view.Store, catalogue *event.Catalogue) *Users {
	return &Users{store: store, views: views, catalogue: catalogue, locks: newLocks(), accounts: newDocuments[view.Account](views)}
}

// Handle implements bus.Handler.
func (p *Users) Handle(ctx context.Context, events []event.Envelope) error {
	return oneByOne(ctx, p.locks, "user", events, p.project)
}

// project brings the documents to an event. What it has read is forgotten if it fails.
func (p *Users) project(ctx context.Context, e event.Envelope) error {
	err := p.catchUp(ctx, e)
	if err != nil {
		id := e.Stream.ID()
		p.accounts.cache.Remove(view.AccountPath(id))
	}
	return err
}

// catchUp brings a person's documents to the event, loading what lies between.
func (p *Users) catchUp(ctx context.Context, e event.Envelope) error {
	id := e.Stream.ID()
	h, err := p.accounts.get(ctx, view.AccountPath(id))
	if err != nil {
		return err
	}
	before, version := profileOf(h.value), h.value.Version
	shown := func() int64 { return h.value.Version }
	if err := upTo(ctx, p.store, e, shown, func(next event.Envelope) error { return p.apply(h, next) }); err != nil {
		return err
	}
	if h.value.Version == version {
		return nil
	}
	return p.write(ctx, id, h, before)
}

func (p *Users) apply(h *held[view.Account], e event.Envelope) error {
	payload, err := p.catalogue.Decode(e)
	if err != nil {
		return bus.Permanent(err)
	}
	if h.value.User == nil {
		h.value.User, h.value.CreatedAt = user.New(), e.Time.Format(event.TimeLayout)
	}
	h.value.User.Apply(e, payload)
	h.value.Version = e.Sequence
	return nil
}

func profileOf(a view.Account) user.Profile {
	if a.User == nil {
		return user.Profile{}
	}
	return a.User.Profile
}

// write writes the account, and what others see of it when that has changed.
func (p *Users) write(ctx context.Context, id string, h *held[view.Account], before user.Profile) error {
	var b batch
	if err := b.put(view.Write{Path: view.AccountPath(id), Revision: h.revision}, h.value, h.wrote); err != nil {
		return err
	}
	if profile := profileOf(h.value); profile != before {
		w := view.Write{Path: view.UserPath(id), Scope: view.Everyone, Blind: true}
		if err := b.put(w, view.User{ID: id, Name: profile.Name, ImageURL: profile.ImageURL}, func(int64) {}); err != nil {
			return err
		}
	}
	return b.write(ctx, p.views)
}
