package sweep

import (
	"context"
	"errors"
	"time"

	"volcimage/internal/task"
)

// expireBins removes what has lain in a bin for [task.BinFor]: whoever threw it away
// was promised that it goes, whatever else is kept.
func (s *Sweeper) expireBins(ctx context.Context, owners []task.OwnerUsage, limit int) (int, error) {
	n, _, err := s.clearBins(ctx, owners, s.Now().Add(-task.BinFor), limit, 0, "bin")
	return n, err
}

// clearBins removes what was in the bins at a time, until limit tasks are gone or,
// where bytes is not 0, so many bytes are free.
func (s *Sweeper) clearBins(ctx context.Context, owners []task.OwnerUsage, until time.Time, limit int, bytes int64, why string) (n int, freed int64, err error) {
	var errs []error
	for _, o := range owners {
		if n >= limit || bytes > 0 && freed >= bytes {
			break
		}
		gone, err := s.ClearBin(ctx, o.Owner, until, limit-n, max(0, bytes-freed))
		errs = append(errs, err)
		n += gone.Tasks
		freed += gone.Bytes
		if gone.Tasks > 0 {
			s.Log.InfoContext(ctx, "bin cleared", "owner", o.Owner, "why", why, "tasks", gone.Tasks, "bytes", gone.Bytes)
		}
	}
	return n, freed, errors.Join(errs...)
}
