package sqlite

import (
	"context"
	"errors"
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// maxCommit is how many jobs share a commit.
const maxCommit = 512

var errClosed = errors.New("the store is closed")

// job writes something. An error of run fails the whole commit; a job that merely
// declines writes nothing, returns nil, and tells its caller by itself. committed,
// if set, is called after the commit, in the order of the jobs, before anybody is
// answered.
type job struct {
	run       func(*sqlite.Conn) error
	committed func()
	done      chan error // nil: nobody waits
}

// writer is the one goroutine that writes a file. While a commit is under way jobs
// gather; the next commit takes them all, so that a busy file pays for one sync
// and not for each job.
type writer struct {
	conn     *sqlite.Conn
	jobs     chan job
	closed   chan struct{} // close was called
	once     sync.Once
	ended    chan struct{} // the goroutine has ended, with closeErr
	closeErr error
}

func newWriter(conn *sqlite.Conn) *writer {
	w := &writer{conn: conn, jobs: make(chan job, maxCommit), closed: make(chan struct{}), ended: make(chan struct{})}
	go w.loop()
	return w
}

// do runs a job and waits until it is committed. When ctx ends first the outcome
// is unknown.
func (w *writer) do(ctx context.Context, j job) error {
	j.done = make(chan error, 1)
	select {
	case w.jobs <- j:
	case <-w.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		return err
	case <-w.ended:
		return j.fate()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fate is how a job ended that the writer took up, or left lying when it ended.
func (j job) fate() error {
	select {
	case err := <-j.done:
		return err
	default:
		return errClosed
	}
}

// later queues a job whose fate nobody waits for.
func (w *writer) later(ctx context.Context, j job) error {
	select {
	case w.jobs <- j:
		return nil
	case <-w.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) close() error {
	w.once.Do(func() { close(w.closed) })
	<-w.ended
	return w.closeErr
}

func (w *writer) loop() {
	for {
		select {
		case first := <-w.jobs:
			w.commit(w.gather([]job{first}))
		case <-w.closed:
			if rest := w.gather(nil); len(rest) > 0 {
				w.commit(rest)
			}
			w.closeErr = w.conn.Close()
			close(w.ended)
			return
		}
	}
}

// gather takes all jobs that wait.
func (w *writer) gather(jobs []job) []job {
	for len(jobs) < maxCommit {
		select {
		case j := <-w.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

func (w *writer) commit(jobs []job) {
	err := w.transact(jobs)
	for _, j := range jobs {
		if err == nil && j.committed != nil {
			j.committed()
		}
	}
	for _, j := range jobs {
		if j.done != nil {
			j.done <- err
		}
	}
}

func (w *writer) transact(jobs []job) (err error) {
	end, err := sqlitex.ImmediateTransaction(w.conn)
	if err != nil {
		return err
	}
	defer end(&err)
	for _, j := range jobs {
		if err := j.run(w.conn); err != nil {
			return err
		}
	}
	return nil
}
