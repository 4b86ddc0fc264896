package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"boochat/functions"
)

func TestServesAllFunctions(t *testing.T) {
	s := startServer(t, "DATA_DIR="+t.TempDir())
	for _, f := range functions.Table {
		if got := s.status(t, f.Method, example(f)); got != unasked(f) {
			t.Errorf("%s %s is answered %d, want %d", f.Method, f.Path, got, unasked(f))
		}
	}
	for path, want := range map[string]int{"/": 404, "/v1/nothing": 404, "/local/identity/people": 404} {
		if got := s.status(t, http.MethodGet, path); got != want {
			t.Errorf("%s is answered %d, want %d", path, got, want)
		}
	}
	if want := "http://127.0.0.1:" + strconv.Itoa(s.port); !strings.Contains(s.Output(), want) {
		t.Errorf("the program does not say that it is at %s:\n%s", want, s.Output())
	}
}

func TestFunctionTargetServesOne(t *testing.T) {
	for _, f := range functions.Table {
		t.Run(f.Name, func(t *testing.T) {
			s := startServer(t, "DATA_DIR="+t.TempDir(), "FUNCTION_TARGET="+f.Name)
			if got := s.status(t, f.Method, example(f)); got != unasked(f) {
				t.Errorf("%s %s is answered %d, want %d", f.Method, f.Path, got, unasked(f))
			}
			elsewhere := unasked(f) // one without parameters is at every path
			if strings.Contains(f.Path, "{") {
				elsewhere = http.StatusNotFound
			}
			if got := s.status(t, f.Method, "/anywhere"); got != elsewhere {
				t.Errorf("%s /anywhere is answered %d, want %d", f.Method, got, elsewhere)
			}
			if got := s.status(t, http.MethodPut, example(f)); got != http.StatusMethodNotAllowed {
				t.Errorf("PUT %s is answered %d, want 405", f.Path, got)
			}
		})
	}
}

// example is a path of a function.
func example(f functions.Function) string { return strings.ReplaceAll(f.Path, "{id}", "some-room") }

// unasked is what a function answers to somebody without a token who sends nothing.
func unasked(f functions.Function) int {
	switch {
	case f.Kind == functions.Page:
		return http.StatusOK
	case f.Private():
		return http.StatusForbidden
	case f.Kind == functions.Live:
		return http.StatusUpgradeRequired
	case f.Public && f.Kind == functions.Query: // opened by an address that nobody was given
		return http.StatusNotFound
	case f.Public:
		return http.StatusBadRequest
	default:
		return http.StatusUnauthorized
	}
}
