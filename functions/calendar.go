package functions

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"boochat/shared/httpapi"
)

var calendarFeed = Function{
	Kind: Query,
	Operation: httpapi.Operation{
		Name: "calendar-feed", Method: http.MethodGet, Path: "/v1/calendar/{file}", Tag: reading, Status: http.StatusOK, Public: true,
		Summary: "Somebody's meetups, for calendar programs", Produces: "text/calendar",
		Description: "The address is the one that calendar and rotate-calendar answer, and ends in .ics. It takes no access token. " +
			"The answer has an ETag, and is 304 for If-None-Match while nothing has changed. Any other address is 404, and so is " +
			"one that was replaced, or whose owner is no longer on the group's list.",
	},
	handler: func(_ Function, s *Services) httpapi.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			feed, err := s.Queries.CalendarFeed(r.Context(), r.PathValue("file"))
			if err != nil {
				return err
			}
			sum, header := sha256.Sum256(feed), w.Header()
			header.Set("Content-Type", "text/calendar; charset=utf-8")
			header.Set("Cache-Control", "private, max-age=300") // seconds
			header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`)
			header.Set("X-Content-Type-Options", "nosniff")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(feed))
			return nil
		}
	},
}
