package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"volcimage/internal/archive"
	"volcimage/internal/task"
)

// Import puts a part of an archive into an owner's library. It may be done again, and
// after a break must be: what is there stays as it is.
func Import(ctx context.Context, m *archive.Importer, o task.Owner, file string, out io.Writer) (err error) {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	r, err := m.Import(ctx, o, f, info.Size())
	for _, bad := range r.Refused {
		if err := say(out, "not taken: %s: %s\n", bad.ID, bad.Why); err != nil {
			return err
		}
	}
	told := say(out, "%d tasks came in, %d were there, %d were not taken; %d folders, searches and templates came in\n", r.Imported, r.Present, len(r.Refused), r.Records)
	if err != nil {
		return fmt.Errorf("import: %w; run it again to go on", err)
	}
	return told
}
