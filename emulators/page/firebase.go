package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// Firebase is where a page listens that listens to Firestore: through the Firebase
// SDK, signed in with the firebaseToken that the server answers to authenticate.
type Firebase struct {
	ProjectID         string
	APIKey            string // of the project's web app; emulators take any
	AuthEmulator      string // host:port; empty for Google's
	FirestoreEmulator string // host:port; empty for Google's
	SDK               string // the folder emulators/page/firebase, in which `npm ci` was run
}

// FirebaseHandler serves the page as Handler does, but it listens to Firestore. The
// modules of the SDK are served as npm installs them, under an import map. An SDK that
// is not installed is an error.
func FirebaseHandler(f Firebase) (http.Handler, error) {
	if f.ProjectID == "" || f.APIKey == "" {
		return nil, errors.New("the page needs a Firebase project and its API key to listen to Firestore")
	}
	assets, err := load()
	if err != nil {
		return nil, err
	}
	sdk, err := loadSDK(os.DirFS(f.SDK))
	if err != nil {
		return nil, fmt.Errorf("the Firebase SDK is not complete; run `npm ci` in %s: %w", f.SDK, err)
	}
	for name, content := range sdk.modules {
		assets[sdkPath+name] = newAsset(name, content)
	}
	importMap, err := json.Marshal(map[string]any{"imports": sdk.imports})
	if err != nil {
		return nil, fmt.Errorf("make the import map: %w", err)
	}
	// An import map counts only if it comes before the first module, and it cannot be a
	// file of its own, so the policy allows this text by its hash.
	module, inline := []byte(`<script type="module"`), []byte(`<script type="importmap">`+string(importMap)+"</script>\n  ")
	index := bytes.Replace(assets["/"].content, module, append(inline, module...), 1)
	assets["/"] = newAsset("index.html", index)
	settings, err := f.settings()
	if err != nil {
		return nil, err
	}
	assets[settingsPath] = newAsset(settingsPath, settings)
	sum := sha256.Sum256(importMap)
	return site{assets, policy(" 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", f.connections())}, nil
}

// settings is what the page asks for first.
func (f Firebase) settings() ([]byte, error) {
	type firebase struct {
		APIKey            string `json:"apiKey"`
		ProjectID         string `json:"projectId"`
		AuthEmulator      string `json:"authEmulator,omitempty"`
		FirestoreEmulator string `json:"firestoreEmulator,omitempty"`
	}
	settings, err := json.Marshal(struct {
		Live     string   `json:"live"`
		Firebase firebase `json:"firebase"`
	}{"firestore", firebase{f.APIKey, f.ProjectID, f.AuthEmulator, f.FirestoreEmulator}})
	if err != nil {
		return nil, fmt.Errorf("make the page's settings: %w", err)
	}
	return settings, nil
}

// connections are the servers that the SDK speaks to.
func (f Firebase) connections() string {
	auth, firestore := " https://identitytoolkit.googleapis.com https://securetoken.googleapis.com", " https://firestore.googleapis.com"
	if f.AuthEmulator != "" {
		auth = " http://" + f.AuthEmulator
	}
	if f.FirestoreEmulator != "" {
		firestore = " http://" + f.FirestoreEmulator
	}
	return auth + firestore
}
