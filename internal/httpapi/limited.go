package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"path"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/ratelimit"
	"volcimage/internal/task"
)

// Buckets keeps how far each bucket of the rate limits is.
type Buckets interface {
	// Take counts a request that is worth interval against a bucket, unless that
	// would lead it more than ahead from now, and answers where it is afterwards:
	// [ratelimit.Next], in one step. A table does it by key, in two conditional
	// updates at most: "at = now + interval, if absent or before now", then
	// "at = at + interval, if not after now + ahead − interval". What is before now
	// may be removed.
	Take(ctx context.Context, bucket string, now time.Time, interval, ahead time.Duration) (at time.Time, ok bool, err error)
}

// Rates bounds how often a caller may ask: the owner of a key, and without a valid
// one the address that asks. The zero Rates bounds nothing.
type Rates struct {
	Buckets Buckets
	// Generate is for requests that may cost money, Read for all others.
	Generate, Read ratelimit.Limit
	// TrustedProxies are believed when they name another address as the caller's.
	TrustedProxies []netip.Prefix
}

// takeWithin bounds the wait for the buckets: an answer is worth more than a count.
const takeWithin = 500 * time.Millisecond

// retryUncounted is what a request is told that could not be counted.
const retryUncounted = 5 * time.Second

// class is one of the kinds of requests that are counted apart. The name is part
// of the answers.
type class struct {
	name  string
	limit ratelimit.Limit
	// strict classes are refused while requests cannot be counted.
	strict bool
}

func (l Rates) class(r *http.Request) class {
	if r.Method == http.MethodPost {
		retry, _ := path.Match(taskPath+"*/retry", r.URL.Path) // the patterns are good ones
		again, _ := path.Match(taskPath+"*/again", r.URL.Path)
		if retry || again || r.URL.Path == base+"/generate" || r.URL.Path == base+"/generate/many" {
			return class{"generate", l.Generate, true}
		}
	}
	if r.URL.Path == healthPath {
		return class{} // who asks in time of need is answered
	}
	return class{"read", l.Read, false}
}

// caller names whose bucket a request is counted against.
func (l Rates) caller(r *http.Request) string {
	if q := requestOf(r.Context()); q.byKey {
		return "owner " + string(q.owner)
	}
	return "address " + neighbourhood(clientAddress(r, l.TrustedProxies))
}

// limited refuses what comes too often, and tells every caller how much is left. It
// lets reads pass while nothing can be counted, but nothing that costs money.
func limited(l Rates, log *slog.Logger, now func() time.Time) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := l.class(r)
			if l.Buckets == nil || c.limit.None() {
				next.ServeHTTP(w, r)
				return
			}
			err := l.count(w.Header(), r, c, now())
			switch {
			case task.KindOf(err) == task.Limited:
				writeProblem(w, r, err)
				return
			case err != nil && c.strict:
				writeProblem(w, r, &task.Error{Kind: task.Unavailable, Code: catalog.CodeUnavailable, RetryAfter: retryUncounted, Err: err})
				return
			case err != nil:
				log.ErrorContext(r.Context(), "request not counted", "class", c.name, "error", err, "request_id", requestOf(r.Context()).id)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// count takes one request out of the caller's bucket and says in the headers what
// is left.
func (l Rates) count(h http.Header, r *http.Request, c class, now time.Time) error {
	ctx, cancel := context.WithTimeout(r.Context(), takeWithin)
	defer cancel()
	at, ok, err := l.Buckets.Take(ctx, c.name+" "+l.caller(r), now, c.limit.Interval(), c.limit.Ahead())
	if err != nil {
		return fmt.Errorf("count request: %w", err)
	}
	d := c.limit.Decide(at, now, ok)
	left := seconds(d.Full)
	if !d.Allowed {
		left = seconds(scattered(d.Wait))
	}
	// draft-ietf-httpapi-ratelimit-headers-10
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", c.name, c.limit.Count, seconds(c.limit.Period)))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", c.name, d.Remaining, left))
	if d.Allowed {
		return nil
	}
	return &task.Error{Kind: task.Limited, Code: catalog.CodeRateLimited, RetryAfter: time.Duration(left) * time.Second}
}

// scattered is wait and up to half as much, or a second, on top: those who are
// refused together do not come back together.
func scattered(wait time.Duration) time.Duration {
	return wait + rand.N(max(wait/2, time.Second))
}

// seconds rounds up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
