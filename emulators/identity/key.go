package identity

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-jose/go-jose/v4"
)

// keyBits is the length of Google's own keys.
const keyBits = 2048

// signingKey signs ID tokens.
type signingKey struct {
	private *rsa.PrivateKey
	id      string
}

// newSigningKey names a key by its thumbprint (RFC 7638).
func newSigningKey(private *rsa.PrivateKey) (signingKey, error) {
	thumbprint, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return signingKey{}, fmt.Errorf("name identity key: %w", err)
	}
	return signingKey{private, base64.RawURLEncoding.EncodeToString(thumbprint)}, nil
}

func (k signingKey) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(jose.RS256), Use: "sig"}
}

func loadKey(path string) (signingKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return signingKey{}, fmt.Errorf("read identity key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return signingKey{}, fmt.Errorf("%s holds no key; remove it for a new one", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return signingKey{}, fmt.Errorf("%s is damaged; remove it for a new key: %w", path, err)
	}
	private, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA {
		return signingKey{}, fmt.Errorf("%s holds a key that is not RSA; remove it for a new one", path)
	}
	return newSigningKey(private)
}

// createKey writes beside the file first, so that no crash leaves half a key. Of several
// processes that make one at once, one puts its own in place and all use it.
func createKey(path string) (signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return signingKey{}, fmt.Errorf("make identity key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return signingKey{}, fmt.Errorf("encode identity key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return signingKey{}, fmt.Errorf("make directory of identity key: %w", err)
	}
	unfinished, err := os.CreateTemp(filepath.Dir(path), ".identity-*") // with mode 0600
	if err != nil {
		return signingKey{}, fmt.Errorf("make identity key file: %w", err)
	}
	defer func() { _ = os.Remove(unfinished.Name()) }() // it has another name by now
	if err := errors.Join(pem.Encode(unfinished, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), unfinished.Close()); err != nil {
		return signingKey{}, fmt.Errorf("write identity key: %w", err)
	}
	// A link, unlike a rename, fails when another process was faster.
	if err := os.Link(unfinished.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return signingKey{}, fmt.Errorf("put identity key in place: %w", err)
	}
	return loadKey(path)
}
