// Package client is a client of Boochat that hides nothing: it shows status, header
// and body of every answer, and every message of a socket in the order of arrival.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client speaks to one server, on behalf of one person once a token is set.
type Client struct {
	URL   string // of the server, without a slash at the end
	Token string // access token; "" for somebody who is signed out
}

// Problem is the body of an answer that is no success (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Rule   string `json:"rule"`
	Errors []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// Answer is what a server has answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the body.
func (a Answer) Into(value any) error {
	if err := json.Unmarshal(a.Body, value); err != nil {
		return fmt.Errorf("decode answer %d %q: %w", a.Status, a.Body, err)
	}
	return nil
}

// Problem decodes the body as a problem.
func (a Answer) Problem() (p Problem, err error) { return p, a.Into(&p) }

// connections are shared by all clients of a process.
var connections = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// Get asks a query.
func (c Client) Get(ctx context.Context, path string) (Answer, error) {
	return c.Send(ctx, http.MethodGet, path, nil, http.Header{})
}

// Post sends a command with its body in JSON, and with an idempotency key unless
// that is "". A body of nil is none.
func (c Client) Post(ctx context.Context, command string, body any, key string) (Answer, error) {
	header := http.Header{}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return Answer{}, fmt.Errorf("encode body of %s: %w", command, err)
		}
		header.Set("Content-Type", "application/json")
	}
	return c.Send(ctx, http.MethodPost, "/v1/"+command, data, header)
}

// Send sends a request as it is, with the token where there is one and the header
// does not bring its own, and reads the whole answer.
func (c Client) Send(ctx context.Context, method, path string, body []byte, header http.Header) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("make request: %w", err)
	}
	request.Header = header
	if _, own := header["Authorization"]; !own && c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := connections.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("send request: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read to its end, or has failed
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	if answer.Status == http.StatusSwitchingProtocols {
		return answer, nil // what follows is no body
	}
	if answer.Body, err = io.ReadAll(response.Body); err != nil {
		return answer, fmt.Errorf("read answer: %w", err)
	}
	return answer, nil
}
