package functions

import (
	"context"
	"net/http"

	"boochat/functions/command"
	"boochat/functions/query"
	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/httpapi"
)

// body is a command's body: it applies the limits to itself.
type body[Q any] interface {
	*Q
	Check(*httpapi.Limits)
}

// commandFunction makes the row of a command: POST /v1/{name}.
func commandFunction[Q any, P body[Q], A any](
	name, tag, summary string, status int,
	run func(*command.Service, context.Context, command.Call, Q) (A, error), codes ...httpapi.Code,
) Function {
	operation := httpapi.Operation{
		Name: name, Method: http.MethodPost, Path: "/v1/" + name, Tag: tag, Summary: summary, Status: status, Codes: codes,
	}
	var q Q
	if _, none := any(q).(command.None); !none {
		operation.Request = q
	}
	if status != http.StatusNoContent {
		operation.Response = *new(A)
	}
	return Function{Kind: Command, Operation: operation, handler: func(f Function, s *Services) httpapi.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			call, err := s.Gate.command(r, f)
			if err != nil {
				return err
			}
			call.Server = s.Server(r)
			q, err := decode[Q, P](w, r)
			if err != nil {
				return err
			}
			answer, err := run(s.Commands, r.Context(), call, q)
			if err != nil {
				return err
			}
			if status == http.StatusNoContent {
				httpapi.WriteNoContent(w)
				return nil
			}
			return httpapi.WriteJSON(w, status, answer)
		}
	}}
}

// decode reads a command's body and applies its limits.
func decode[Q any, P body[Q]](w http.ResponseWriter, r *http.Request) (Q, error) {
	q, err := httpapi.Decode[Q](w, r)
	if err != nil {
		return q, err
	}
	var limits httpapi.Limits
	P(&q).Check(&limits)
	return q, limits.Err()
}

// public opens a function to people who are not signed in.
func public(f Function) Function {
	f.Public = true
	return f
}

// forSockets marks a function that has to do with WebSockets.
func forSockets(f Function) Function {
	f.Sockets = true
	return f
}

// only has a trigger react to some of its topic's events.
func only(types []string, f Function) Function {
	f.Types = types
	return f
}

// queryFunction makes the row of a query: GET path. Its parameters are documented
// by a struct, or nil.
func queryFunction[A any](
	name, path, summary string, parameters any,
	run func(*query.Service, context.Context, query.Call) (A, error), codes ...httpapi.Code,
) Function {
	operation := httpapi.Operation{
		Name: name, Method: http.MethodGet, Path: path, Tag: reading, Summary: summary,
		Query: parameters, Response: *new(A), Status: http.StatusOK, Codes: codes,
	}
	return Function{Kind: Query, Operation: operation, handler: func(_ Function, s *Services) httpapi.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			caller, err := s.Gate.caller(r)
			if err != nil {
				return err
			}
			answer, err := run(s.Queries, r.Context(), query.Call{Caller: caller, Server: s.Server(r), Path: r.PathValue, Query: r.URL.Query().Get})
			if err != nil {
				return err
			}
			return httpapi.WriteJSON(w, http.StatusOK, answer)
		}
	}}
}

// triggerFunction makes the row of a trigger: POST /trigger/{name}, where the
// topic's subscription pushes to.
func triggerFunction(name, topic string, projection bool, summary string, react func(*Services) bus.Handler) Function {
	operation := httpapi.Operation{Name: name, Method: http.MethodPost, Path: "/trigger/" + name, Tag: events, Summary: summary, Status: http.StatusNoContent}
	return Function{
		Kind: Trigger, Operation: operation, Topic: topic, Projection: projection, react: react,
		handler: pushed,
	}
}

// scheduledFunction makes the row of what a clock calls: POST /scheduled/{name}.
func scheduledFunction(name, summary string, run func(context.Context, *Services) error) Function {
	operation := httpapi.Operation{Name: name, Method: http.MethodPost, Path: "/scheduled/" + name, Tag: events, Summary: summary, Status: http.StatusNoContent}
	return Function{Kind: Scheduled, Operation: operation, handler: func(_ Function, s *Services) httpapi.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := verifyCaller(r, s.Pushes); err != nil {
				return err
			}
			if err := run(r.Context(), s); err != nil {
				return &event.Refusal{Kind: event.Unavailable, Detail: "This could not be finished. Call again.", Cause: err}
			}
			httpapi.WriteNoContent(w)
			return nil
		}
	}}
}
