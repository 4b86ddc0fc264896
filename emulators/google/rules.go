package google

import (
	"context"
	"fmt"
	"net/http"
	"os"
)

// SetRules gives one project of a Firestore emulator the security rules in a file.
// Rules that do not compile are an error with line and column.
func (e *Emulator) SetRules(ctx context.Context, project, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	type file struct {
		Name    string `json:"name"`
		Content string `json:"content"`
	}
	var body struct {
		Rules struct {
			Files []file `json:"files"`
		} `json:"rules"`
	}
	body.Rules.Files = []file{{path, string(content)}}
	if err := e.control(ctx, http.MethodPut, project, "securityRules", body); err != nil {
		return fmt.Errorf("security rules %s: %w", path, err)
	}
	return nil
}
