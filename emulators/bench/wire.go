package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
)

// wire is one keep-alive HTTP connection, written to without http.Transport, whose
// goroutines would take processor time from the server that is measured.
type wire struct {
	conn    net.Conn
	reader  *bufio.Reader
	request bytes.Buffer
}

func dial(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &wire{conn: conn, reader: bufio.NewReader(conn)}, nil
}

func (w *wire) close() { _ = w.conn.Close() } // nothing is under way

// post sends a command and waits for its answer, which is to have a status.
func (w *wire) post(path, token string, body []byte, status int) error {
	w.request.Reset()
	fmt.Fprintf(&w.request, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, token, len(body))
	w.request.Write(body)
	return w.exchange(path, status)
}

// get asks a query and waits for its answer, which is to be 200.
func (w *wire) get(path, token string) error {
	w.request.Reset()
	fmt.Fprintf(&w.request, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path, token)
	return w.exchange(path, http.StatusOK)
}

func (w *wire) exchange(path string, status int) error {
	if _, err := w.conn.Write(w.request.Bytes()); err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	answer, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end, or has failed
	if answer.StatusCode != status {
		problem, _ := io.ReadAll(answer.Body) // as much as there is: it only explains
		return fmt.Errorf("%s was answered %s %s", path, answer.Status, problem)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	return nil
}
