package app

import (
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/view"
)

// Meetups is where the app decides on meetups.
func (a *App) Meetups() *eventstore.Repository[*meetup.Meetup] { return a.commands.Meetups }

// Views is the read documents of the embedded backend.
func (a *App) Views() view.Store { return a.backend.(*embedded).reading.Load().views }
