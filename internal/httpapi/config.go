package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"volcimage/internal/task"
)

// Submitter accepts requests that cost money.
type Submitter interface {
	// SubmitMany makes all tasks of an order or none.
	SubmitMany(ctx context.Context, o task.Owner, order task.Order) ([]task.Placed, error)
	Again(ctx context.Context, o task.Owner, id task.ID, a task.Again) (t task.Task, replayed bool, err error)
	Retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	// Hold, Release and Next move what of a task waits in its owner's line.
	Hold(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Release(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Next(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	// Arrange puts tasks that wait into an order, and answers those that do wait.
	Arrange(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
}

// Library is what a person keeps.
type Library interface {
	Get(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	// GetMany answers those of ids that are there, in that order.
	GetMany(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
	List(ctx context.Context, q task.Query) (task.Page, error)
	Counts(ctx context.Context, o task.Owner) (task.Counts, error)
	// Space is what the owner's pictures take, in bytes.
	Space(ctx context.Context, o task.Owner) (task.Counts, error)
	// Suggest answers the last word of text, and what it may become.
	Suggest(ctx context.Context, o task.Owner, text string) (word string, all []task.Suggestion, err error)
	Cancel(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Keeper
	Delete(ctx context.Context, o task.Owner, id task.ID) error
	Usage(ctx context.Context) (task.Usage, error)
	Link(l task.Link) (task.SignedLink, error)
	// WithRecipe is an address for picture n, which is done, with its recipe in the
	// file.
	WithRecipe(ctx context.Context, t *task.Task, n int, filename string) (task.SignedLink, error)
	// Expected is how long a picture of the model likely takes.
	Expected(ctx context.Context, model string) (time.Duration, error)
	// Paused tells whether an operator keeps pictures from being begun.
	Paused(ctx context.Context) (bool, error)
}

// Keeper is what a person does with what they keep.
type Keeper interface {
	// Edit answers [task.ErrStale] where version is neither 0 nor the task's.
	Edit(ctx context.Context, o task.Owner, id task.ID, version int64, e task.Edit) (task.Task, error)
	// Bin and Restore tell whether that changed anything.
	Bin(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error)
	Restore(ctx context.Context, o task.Owner, id task.ID) (t task.Task, changed bool, err error)
	// ClearBin removes for good what was in the bin at a time, up to so many tasks
	// or, where bytes is not 0, until so many bytes are free.
	ClearBin(ctx context.Context, o task.Owner, until time.Time, tasks int, bytes int64) (task.Cleared, error)
	// Batch tells of each task what became of it.
	Batch(ctx context.Context, o task.Owner, ids []task.ID, a task.Action) ([]task.Outcome, error)
	// Matching are the ids of what a query finds, and whether there are more than most.
	Matching(ctx context.Context, q task.Query, most int) (ids []task.ID, more bool, err error)
	// Retag changes up to so many tasks, and is done once there is none left.
	Retag(ctx context.Context, o task.Owner, from []string, to string, tasks int) (n int, done bool, err error)
	// KeepRest notes what is left of a change to many tasks, to be done where nobody
	// asks for it; done forgets it.
	KeepRest(ctx context.Context, o task.Owner, r task.Rest, done bool) error
	// Answered and KeepAnswer remember an answer by the key of its request.
	Answered(ctx context.Context, o task.Owner, key string, hash [32]byte) ([]byte, error)
	KeepAnswer(ctx context.Context, o task.Owner, key string, hash [32]byte, answer []byte) error
	Folders
}

// Folders is what a person puts their tasks in order by. A version that is neither 0
// nor that of the row is answered by [task.ErrStale].
type Folders interface {
	Folders(ctx context.Context, o task.Owner) ([]task.Folder, error)
	NewFolder(ctx context.Context, o task.Owner, name string) (task.Folder, error)
	EditFolder(ctx context.Context, o task.Owner, id string, version int64, e task.FolderEdit) (task.Folder, error)
	// DeleteFolder takes out up to so many tasks, and is done once there is none left.
	DeleteFolder(ctx context.Context, o task.Owner, id string, tasks int) (n int, done bool, err error)
	InFolder(ctx context.Context, o task.Owner, id string, from task.FolderPlace, limit int) (task.FolderPage, error)
	Searches(ctx context.Context, o task.Owner) ([]task.SavedSearch, error)
	NewSearch(ctx context.Context, o task.Owner, name string, filters []byte) (task.SavedSearch, error)
	EditSearch(ctx context.Context, o task.Owner, id string, version int64, e task.SearchEdit) (task.SavedSearch, error)
	DeleteSearch(ctx context.Context, o task.Owner, id string) error
}

// Config is what the API is made of. Submit, Library, Templates, Health
// and Mode must be set.
type Config struct {
	Submit    Submitter
	Library   Library
	Templates Templates
	// Exports must be set where exports are asked for.
	Exports Exports
	// Imports likewise.
	Imports Imports
	// Health checks every part that the service cannot do without, by name; a
	// nil error is a part that works, and a [Warning] one that still does. It must
	// end with its context.
	Health func(ctx context.Context) map[string]error
	// Mode is "demo" where the provider is the emulator, otherwise "live".
	Mode string
	// Version names what the service was built from; empty where that is not known. It is
	// told to those who are told the Numbers.
	Version string
	// StorageLimit is in bytes; 0 means none.
	StorageLimit int64
	// AllowedOrigins may read answers from pages of their own, each as
	// scheme://host[:port]; "*" is every page, and refused together with Keys.
	AllowedOrigins []string
	// Keys maps the SHA-256 hash of an API key to the owner it stands for. Nil
	// means no keys: everybody is [task.Local]. It may be filled until the first request.
	Keys map[[32]byte]task.Owner
	// KeyStore has further keys, where Keys is not nil.
	KeyStore KeyStore
	Rates    Rates
	// Numbers are measured for the operator and part of the answer on health, but
	// where there are keys for those alone who have one.
	Numbers func(ctx context.Context) map[string]int64
	Log     *slog.Logger
	Now     func() time.Time
}

// New makes the API's handler. It serves every address below /api/v1, and
// answers 404 to others.
func New(c Config) (http.Handler, error) {
	if c.Submit == nil || c.Library == nil || c.Templates == nil || c.Health == nil {
		return nil, errors.New("httpapi: Submit, Library, Templates and Health must be set")
	}
	if c.Mode != "demo" && c.Mode != "live" {
		return nil, fmt.Errorf("httpapi: mode %q is neither demo nor live", c.Mode)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	origins, err := newOrigins(c.AllowedOrigins, c.Keys != nil)
	if err != nil {
		return nil, err
	}
	s, err := newService(c)
	if err != nil {
		return nil, err
	}
	return chain(http.HandlerFunc(s.route),
		buffered, requestID, logged(c.Log, c.Now), secured, compressed, tagged, recovered(c.Log),
		origins.cors, bounded, keyring{c.Keys, c.KeyStore}.identified, limited(c.Rates, c.Log, c.Now), admitted), nil
}

// middleware wraps a handler with one concern.
type middleware func(http.Handler) http.Handler

// chain puts h behind the middleware, the first outermost.
func chain(h http.Handler, wrap ...middleware) http.Handler {
	for i := len(wrap) - 1; i >= 0; i-- {
		h = wrap[i](h)
	}
	return h
}
