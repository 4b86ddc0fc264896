package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"boochat/functions"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
)

// Meter sees everything that is billed of one system: what it calls, by Dial, and what
// calls it, by Handler.
type Meter struct {
	// Pushes keeps pushes waiting while it is locked, so that what a command costs is
	// told from what its events cost.
	Pushes sync.RWMutex

	mu        sync.Mutex
	changed   chan struct{} // closed, and made anew, with each delivery
	bill      Bill
	written   []string        // paths of documents
	published int             // messages, each as often as its topic has subscriptions
	delivered map[string]bool // by subscription and id of the message
	problems  []error         // what the ledger does not know how to count
}

// NewMeter makes a meter that has seen nothing.
func NewMeter() *Meter {
	return &Meter{changed: make(chan struct{}), delivered: map[string]bool{}}
}

// Take gives the bill since it was last called, and the documents written.
func (m *Meter) Take() (Bill, []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bill, written := m.bill, m.written
	m.bill, m.written = Bill{}, nil
	return bill, written
}

// Delivered waits until all that was published has been handled.
func (m *Meter) Delivered(ctx context.Context) error {
	for {
		m.mu.Lock()
		missing, changed, err := m.published-len(m.delivered), m.changed, errors.Join(m.problems...)
		m.mu.Unlock()
		if err != nil || missing == 0 {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d messages are not delivered: %w", missing, ctx.Err())
		}
	}
}

func (m *Meter) count(b Bill, written ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bill = m.bill.Plus(b)
	m.written = append(m.written, written...)
}

func (m *Meter) problem(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problems = append(m.problems, err)
}

// Dial is the options that put the meter on a connection.
func (m *Meter) Dial() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(m.unary), grpc.WithChainStreamInterceptor(m.stream)}
}

// unary counts what has succeeded. What Google bills for a commit that it refuses
// is not documented; a refused one writes nothing, and is taken for free here.
func (m *Meter) unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, request, reply, conn, opts...)
	if err != nil {
		return err
	}
	switch r := request.(type) {
	case *firestorepb.CommitRequest:
		for _, w := range r.Writes {
			m.count(billOf(w))
		}
	case *pubsubpb.PublishRequest:
		var size int
		for _, message := range r.Messages {
			size += sizeOf(message.Data, message.Attributes)
		}
		m.count(Bill{Kilobytes: kilobytesOf(size)})
		m.mu.Lock()
		m.published += len(r.Messages) * subscriptionsOf(r.Topic)
		m.mu.Unlock()
	default:
		m.problem(fmt.Errorf("the ledger cannot count calls of %s", method))
	}
	return nil
}

// subscriptionsOf is how many functions are pushed what is published to a topic.
func subscriptionsOf(topic string) (n int) {
	for _, f := range functions.WithoutSockets() {
		if f.Topic != "" && strings.HasSuffix(topic, "/"+f.Topic) {
			n++
		}
	}
	return n
}

// billOf counts a write of a commit and gives the document's path.
func billOf(w *firestorepb.Write) (Bill, string) {
	if name := w.GetDelete(); name != "" {
		return Bill{Deletes: 1}, pathOf(name)
	}
	return Bill{Writes: 1}, pathOf(w.GetUpdate().GetName())
}

func pathOf(name string) string {
	_, path, _ := strings.Cut(name, "/documents/")
	return path
}

func (m *Meter) stream(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, description, conn, method, opts...)
	if err != nil {
		return nil, err
	}
	return &countedStream{ClientStream: s, meter: m, method: method}, nil
}

// countedStream counts the documents that come.
type countedStream struct {
	grpc.ClientStream
	meter  *Meter
	method string
	found  int
}

// RecvMsg implements grpc.ClientStream. A query has cost one read at least when it
// ends; a document that is asked for by name is one, found or missing.
func (s *countedStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	switch r := message.(type) {
	case *firestorepb.BatchGetDocumentsResponse:
		if err == nil && r.Result != nil {
			s.meter.count(Bill{Reads: 1})
		}
	case *firestorepb.RunQueryResponse:
		if err == nil && r.Document != nil {
			s.found++
		}
		if errors.Is(err, io.EOF) {
			s.meter.count(Bill{Reads: max(1, s.found)})
		}
	default:
		s.meter.problem(fmt.Errorf("the ledger cannot count calls of %s", s.method))
	}
	return err
}

// sizeOf is a message's size as it is billed, in bytes: data, attributes, 20 for the
// time and 16 for the id, and the ordering key, which is the stream here
// (https://cloud.google.com/pubsub/pricing).
func sizeOf(data []byte, attributes map[string]string) int {
	size := len(data) + 20 + 16 + len(attributes["stream"])
	for name, value := range attributes {
		size += len(name) + len(value)
	}
	return size
}

// kilobytesOf is the size of a request as it is billed, at least one kilobyte, and
// rounded up: the last digits vary with ids.
func kilobytesOf(size int) int { return max(1, (size+999)/1000) }

// Handler counts the calls of functions on their way to them. What else this machine
// serves is not billed: the page, and the identity provider.
func (m *Meter) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/trigger/"):
			m.push(w, r, next)
		case strings.HasPrefix(r.URL.Path, "/v1/"), strings.HasPrefix(r.URL.Path, "/scheduled/"):
			m.count(Bill{Calls: 1})
			next.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// push counts a delivery. One that comes again although it was handled, which happens
// by chance, is kept from the functions and the ledger; so is one that the subscription's
// filter keeps back on Google Cloud, as the emulator knows none.
func (m *Meter) push(w http.ResponseWriter, r *http.Request, next http.Handler) {
	m.Pushes.RLock()
	defer m.Pushes.RUnlock()
	body, err := io.ReadAll(r.Body)
	var push struct {
		Message struct {
			Data       []byte            `json:"data"`
			Attributes map[string]string `json:"attributes"`
			MessageID  string            `json:"messageId"`
		} `json:"message"`
	}
	if err == nil {
		err = json.Unmarshal(body, &push)
	}
	if err != nil {
		m.problem(fmt.Errorf("read push: %w", err))
	}
	delivery := r.URL.Path + " " + push.Message.MessageID
	if m.settled(delivery) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	defer m.settle(delivery)
	if isFiltered(r.URL.Path, push.Message.Attributes["type"]) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	m.count(Bill{Calls: 1, Kilobytes: kilobytesOf(sizeOf(push.Message.Data, push.Message.Attributes))})
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := &watched{ResponseWriter: w}
	next.ServeHTTP(answer, r)
	if answer.status != http.StatusNoContent {
		m.problem(fmt.Errorf("push to %s was answered %d", r.URL.Path, answer.status))
	}
}

func (m *Meter) settled(delivery string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.delivered[delivery]
}

func (m *Meter) settle(delivery string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delivered[delivery] = true
	close(m.changed)
	m.changed = make(chan struct{})
}

// isFiltered reports whether the filter of the subscription to a path keeps back events
// of a type.
func isFiltered(path, eventType string) bool {
	i := slices.IndexFunc(functions.Table, func(f functions.Function) bool { return f.Path == path })
	return i >= 0 && functions.Table[i].Filter() != "" && !slices.Contains(functions.Table[i].Types, eventType)
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
