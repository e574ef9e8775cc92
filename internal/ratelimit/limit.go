// Package ratelimit says how many requests are too many. It decides by GCRA: a
// bucket is one moment, up to which its requests are spoken for; each request
// moves it on by the time that one is worth, and is refused where that would lead
// too far ahead of the clock. A bucket whose moment has passed is as good as none.
//
// The package knows neither of HTTP nor of words. The clock is given to it.
package ratelimit

import "time"

// Limit allows Count requests at once, and after that one for each Count-th part
// of Period. The zero Limit allows everything.
type Limit struct {
	Count  int
	Period time.Duration
}

// None tells whether the limit allows everything.
func (l Limit) None() bool { return l.Count <= 0 || l.Period <= 0 }

// Interval is the time that one request is worth. It is rounded up, so that no
// more than Count fit into Period.
func (l Limit) Interval() time.Duration {
	n := time.Duration(l.Count)
	return (l.Period + n - 1) / n
}

// Ahead is how far a bucket may be ahead of the clock: Count requests.
func (l Limit) Ahead() time.Duration { return l.Interval() * time.Duration(l.Count) }

// Next is where a bucket at moment at moves with a request worth interval, unless
// that would be more than ahead of now: then it stays, and the request is refused.
// A bucket that was never used is at the zero time.
func Next(at, now time.Time, interval, ahead time.Duration) (next time.Time, ok bool) {
	next = now
	if at.After(now) {
		next = at
	}
	next = next.Add(interval)
	if next.Sub(now) > ahead {
		return at, false
	}
	return next, true
}

// Decision is what came of a request.
type Decision struct {
	Allowed bool
	// Remaining is how many more would be allowed at once.
	Remaining int
	// Wait is how long until one more is allowed; 0 where Remaining is not.
	Wait time.Duration
	// Full is how long until Count are.
	Full time.Duration
}

// Decide reads the moment of the bucket after the request was counted or refused.
func (l Limit) Decide(at, now time.Time, allowed bool) Decision {
	debt := max(at.Sub(now), 0)
	d := Decision{Allowed: allowed, Full: debt}
	room := l.Ahead() - debt
	if room < l.Interval() {
		d.Wait = l.Interval() - room
		return d
	}
	d.Remaining = int(room / l.Interval())
	return d
}
