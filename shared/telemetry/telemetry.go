// Package telemetry sets up logging. Log ids, never message text, names or tokens.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// New makes the logger of a process. On Cloud Run it writes a JSON object a line
// with the field names that Cloud Logging gives a meaning to
// (https://cloud.google.com/logging/docs/structured-logging), and ties each line
// to the trace of its context; elsewhere it writes text for people.
func New(w io.Writer, onCloudRun bool, level slog.Level) *slog.Logger {
	if !onCloudRun {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: cloudLogging})})
}

// cloudLogging renames slog's own fields. Attributes inside groups stay as they are.
func cloudLogging(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch value := attr.Value.Any().(type) {
	case time.Time:
		if attr.Key == slog.TimeKey {
			attr.Key = "timestamp"
		}
	case slog.Level:
		attr.Key = "severity"
		if value == slog.LevelWarn {
			attr.Value = slog.StringValue("WARNING") // Cloud Logging does not know WARN
		}
	case string:
		if attr.Key == slog.MessageKey {
			attr.Key = "message"
		}
	}
	return attr
}

// traced adds the trace id of the context to every record.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		record.AddAttrs(slog.String("logging.googleapis.com/trace", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traced{h.Handler.WithAttrs(attrs)}
}

func (h traced) WithGroup(name string) slog.Handler {
	return traced{h.Handler.WithGroup(name)}
}
