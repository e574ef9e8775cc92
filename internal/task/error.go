package task

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what an error means to the program. One table turns kinds into HTTP
// statuses (httpapi), one into retry decisions (generate); nothing else asks.
type Kind int

// The kinds. The zero Kind is an error that nobody classed: internal.
const (
	Internal      Kind = iota // ours; shows nothing
	Invalid                   // the request is wrong and stays wrong
	Denied                    // no key, or a wrong one
	NotFound                  // not there, or somebody else's
	Conflict                  // the row is not as it was read, or the move is not allowed
	Limited                   // a limit of this service: come back later
	Refused                   // the provider's content check said no
	Throttled                 // the provider is busy; costs no attempt
	Unavailable               // the provider or the network failed; the call was not carried out
	Unknown                   // the call may or may not have been carried out
	Misconfigured             // keys, rights or activation at the provider
)

// Code names an error in answers, rows and logs. It is stable: callers may
// compare it. Every code has its words, stage and charge in the catalog.
type Code string

// Stage is where it went wrong.
type Stage string

// The stages, in the order a task passes them.
const (
	StageRequest   Stage = "request"
	StagePrompt    Stage = "prompt"
	StageReference Stage = "reference"
	StageProvider  Stage = "provider"
	StageOutput    Stage = "output"
	StageStorage   Stage = "storage"
	StageInternal  Stage = "internal"
)

// Charged is whether the provider took money.
type Charged string

// The answers to "was it charged?".
const (
	ChargedNo      Charged = "no"
	ChargedYes     Charged = "yes"
	ChargedUnknown Charged = "unknown"
)

// Error is the error of every layer. Code and Fields are for the person, Err is
// for the log and never shown.
type Error struct {
	Kind Kind
	Code Code
	// Fields names what is wrong in a request.
	Fields []FieldError
	// ProviderCode and RequestID are the provider's own, for its support.
	ProviderCode, RequestID string
	// RetryAfter is when asking again may help; 0 means nobody said.
	RetryAfter time.Duration
	Err        error
}

// FieldError is one wrong field of a request.
type FieldError struct {
	Location string // as in RFC 9457's examples of huma: "body.width", "query.limit"
	Message  string // the rule, in English
	Value    any    // what was given; may be nil
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.ProviderCode != "" {
		s += " (provider code " + e.ProviderCode + ")"
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf("; %s: %s", f.Location, f.Message)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of err, [Internal] where nobody gave it one.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// ButConflict is err, nil where it is a conflict: where somebody else's write came first
// and does what ours was to do.
func ButConflict(err error) error {
	if KindOf(err) == Conflict {
		return nil
	}
	return err
}

// CodeOf is the code of err, empty where nobody gave it one.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// codeInvalid is the catalog's code of a request that breaks a rule.
const codeInvalid Code = "invalid_request"

// The errors that stores and use cases answer with. Compare by KindOf and CodeOf, or errors.Is.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = &Error{Kind: NotFound, Code: "not_found"}
	// ErrConflict: a row of the change is not as it was read. Read again and decide anew.
	ErrConflict = &Error{Kind: Conflict, Code: "conflict"}
	// ErrStale: the row is not of the version that the caller insists on.
	ErrStale = &Error{Kind: Conflict, Code: "version_changed"}
	// ErrKeyReused: the idempotency key was used with another request.
	ErrKeyReused = &Error{Kind: Conflict, Code: "idempotency_mismatch"}
	// ErrDailyLimit: MAX_IMAGES_PER_DAY would be passed.
	ErrDailyLimit = &Error{Kind: Limited, Code: "daily_limit"}
)
