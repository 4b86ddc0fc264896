package google

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// control has a Firestore emulator do something to a project that only emulators do.
func (e *Emulator) control(ctx context.Context, method, project, action string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	url := "http://" + e.Host + "/emulator/v1/projects/" + project + ":" + action
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var failure struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &failure) != nil || failure.Error.Message == "" {
		failure.Error.Message = string(answer)
	}
	return fmt.Errorf("HTTP %d: %s", response.StatusCode, failure.Error.Message)
}
