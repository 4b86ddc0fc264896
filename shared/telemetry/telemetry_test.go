package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"

	"boochat/shared/telemetry"
)

func TestCloudRunLinesHaveCloudLoggingsFields(t *testing.T) {
	ctx := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	})
	for _, test := range []struct {
		name     string
		log      func(*slog.Logger)
		severity string
		trace    any
	}{
		{"warnings are WARNING", func(l *slog.Logger) { l.Warn("slow", "level", "mine") }, "WARNING", nil},
		{"errors are ERROR", func(l *slog.Logger) { l.Error("slow") }, "ERROR", nil},
		{"a traced line names its trace", func(l *slog.Logger) { l.InfoContext(ctx, "slow") }, "INFO", "0af7651916cd43dd8448eb211c80319c"},
		{"attributes keep the trace", func(l *slog.Logger) { l.With("roomId", "r").InfoContext(ctx, "slow") }, "INFO", "0af7651916cd43dd8448eb211c80319c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			test.log(telemetry.New(&out, true, slog.LevelInfo))
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("not JSON: %v: %s", err, out.String())
			}
			if line["severity"] != test.severity || line["message"] != "slow" || line["timestamp"] == nil {
				t.Errorf("got %v", line)
			}
			if line["logging.googleapis.com/trace"] != test.trace {
				t.Errorf("trace is %v, want %v", line["logging.googleapis.com/trace"], test.trace)
			}
		})
	}
}

func TestGroupsKeepTheirOwnNames(t *testing.T) {
	var out bytes.Buffer
	telemetry.New(&out, true, slog.LevelInfo).WithGroup("request").Info("seen", "time", "noon")
	if !strings.Contains(out.String(), `"request":{"time":"noon"}`) {
		t.Errorf("got %s", out.String())
	}
}

func TestLinesForPeople(t *testing.T) {
	var out bytes.Buffer
	logger := telemetry.New(&out, false, slog.LevelWarn)
	logger.Info("below the level")
	logger.WarnContext(context.Background(), "low on disk", "free", 3)
	if got := out.String(); strings.Contains(got, "below") || !strings.Contains(got, `level=WARN msg="low on disk" free=3`) {
		t.Errorf("got %q", got)
	}
}
