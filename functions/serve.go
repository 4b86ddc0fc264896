package functions

import (
	"net/http"
	"strings"

	"boochat/shared/httpapi"
)

// All serves every function at its method and path.
func All(s *Services) http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, f := range s.Table {
		mux.Handle(f.Method+" "+f.Path, f.handler(f, s))
		methods[f.Path] = append(methods[f.Path], f.Method)
	}
	for path, allowed := range methods {
		mux.Handle(path, wrongMethod(allowed))
	}
	mux.Handle("/", nothing)
	return mux
}

// Handler serves the one function: at its path, or, where that has no parameters,
// at every path.
func (f Function) Handler(s *Services) http.Handler {
	handler, wrong := f.handler(f, s), wrongMethod([]string{f.Method})
	if strings.Contains(f.Path, "{") {
		mux := http.NewServeMux()
		mux.Handle(f.Method+" "+f.Path, handler)
		mux.Handle(f.Path, wrong)
		mux.Handle("/", nothing)
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != f.Method {
			wrong.ServeHTTP(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// nothing answers paths that no function has.
var nothing = httpapi.Handler(func(http.ResponseWriter, *http.Request) error {
	return httpapi.NotFound("There is nothing at this path. The API is described at /v1/docs.")
})

func wrongMethod(allowed []string) http.Handler {
	allow := strings.Join(allowed, ", ")
	return httpapi.Handler(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		problem := httpapi.Malformed("", "This path answers "+allow+" and not "+r.Method+".")
		problem.Status = http.StatusMethodNotAllowed
		return problem
	})
}
