package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/rs/cors"
	"go.opentelemetry.io/otel/propagation"
)

// RequestIDHeader carries the id by which a request is found in the logs.
const RequestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// Identify gives every request an id, the client's own where it sent a usable one,
// answers it in the same header, and reads the W3C traceparent. It belongs
// outside of Log.
func Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if !isVisibleASCII(id, MaxID) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		w.Header().Set(RequestIDHeader, id)
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, requestIDKey{}, id)))
	})
}

// RequestID is the id that Identify gave, empty outside of a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Traceparent is the W3C traceparent of the trace that ctx belongs to, empty when
// it belongs to none.
func Traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}

// Server is the address that a request came to, without a slash at the end. Who ends TLS
// before this process is known for Cloud Run only, where everything comes by https; the
// Host header is the client's word, so it is good for answers to that client alone.
func Server(onCloudRun bool) func(*http.Request) string {
	return func(r *http.Request) string {
		scheme := "http"
		if onCloudRun || r.TLS != nil {
			scheme = "https"
		}
		return scheme + "://" + r.Host
	}
}

// Log writes a line for every request when it ends. It names the pattern that
// matched and never the address, which may hold a secret. The handlers inside
// must be given the same *http.Request, or the pattern stays unknown.
func Log(logger *slog.Logger, now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, start := record(w), now()
		defer func() {
			logger.InfoContext(r.Context(), "request",
				"method", r.Method, "pattern", r.Pattern, "requestId", RequestID(r.Context()),
				"status", answer.status, "durationMs", float64(now().Sub(start).Microseconds())/1000)
		}()
		next.ServeHTTP(answer, r)
	})
}

// CORS lets the pages of the given origins call the API, and no others. It sends
// no Access-Control-Allow-Credentials: who is asking is in the Authorization
// header, which a page must set itself.
func CORS(origins []string, next http.Handler) http.Handler {
	allowed := make(map[string]bool, len(origins))
	for _, origin := range origins {
		allowed[origin] = true
	}
	return cors.New(cors.Options{
		// A function and not AllowedOrigins, because an empty list there means everybody.
		AllowOriginFunc: func(origin string) bool { return allowed[origin] },
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"Authorization", "Content-Type", KeyHeader},
		ExposedHeaders:  []string{RequestIDHeader, "Retry-After"},
		MaxAge:          600, // seconds
	}).Handler(next)
}
