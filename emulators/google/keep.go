package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// exportWithin bounds the writing of a project's documents when Firestore is stopped.
const exportWithin = time.Minute

// exportName is what an export calls itself, in its own folder.
const exportName = "firestore"

// Keep has Firestore begin with the documents that an earlier one has left in a folder,
// and leave those of a project there when it is stopped. One that is killed leaves
// nothing: what was there stays. (--export-on-exit does nothing in version 1.19.9 of the
// emulator, so it is told to export.)
func Keep(project, folder string) Option {
	return func(o *options) { o.keep = &keep{project: project, folder: folder} }
}

type keep struct{ project, folder string }

// arguments have an emulator begin with what is there.
func (k *keep) arguments() []string {
	metadata := filepath.Join(k.folder, exportName, exportName+".overall_export_metadata")
	if _, err := os.Stat(metadata); err != nil {
		return nil
	}
	return []string{"--import-data=" + metadata}
}

// leaveDocuments exports what is to be kept, beside what there is, and then replaces
// that. An emulator that has ended can export no more.
func (e *Emulator) leaveDocuments() error {
	if e.keep == nil {
		return nil
	}
	k := e.keep
	e.keep = nil // when it is stopped again there is nothing to export from
	if err := k.export(e); err != nil {
		return fmt.Errorf("keep the documents of Firestore in %s: %w", k.folder, err)
	}
	return nil
}

func (k *keep) export(e *Emulator) error {
	ctx, cancel := context.WithTimeout(context.Background(), exportWithin)
	defer cancel()
	folder, err := filepath.Abs(k.folder)
	if err != nil {
		return err
	}
	fresh, kept := filepath.Join(folder, "export"), filepath.Join(folder, exportName)
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o700)); err != nil {
		return err
	}
	err = e.control(ctx, http.MethodPost, k.project, "export", map[string]string{
		"database":         "projects/" + k.project + "/databases/(default)",
		"export_directory": fresh, "export_name": exportName,
	})
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(kept), os.Rename(filepath.Join(fresh, exportName), kept), os.RemoveAll(fresh))
}
