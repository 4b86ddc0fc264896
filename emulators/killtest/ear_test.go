package killtest

import (
	"context"
	"sync"
	"time"

	"boochat/emulators/crowd"
	"boochat/emulators/scenario/client"
)

// ear keeps a live connection open across the lives of the server, going on from
// its cursor each time.
type ear struct {
	*client.Listener
	closed sync.WaitGroup
}

func newEar(ctx context.Context, c client.Client, _ string) (crowd.Listener, error) {
	e := &ear{Listener: client.NewListener(c)}
	if err := e.Connect(ctx); err != nil {
		return nil, err
	}
	e.closed.Go(func() { e.listen(ctx) })
	return e, nil
}

func (e *ear) listen(ctx context.Context) {
	for {
		_, ended := e.Ended(ctx)
		e.Listener.Cut()
		if ended != nil {
			return
		}
		for e.Connect(ctx) != nil && ctx.Err() == nil {
			e.Listener.Cut()
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// Cut implements crowd.Listener, once the context of newEar has ended.
func (e *ear) Cut() {
	e.Listener.Cut()
	e.closed.Wait()
}
