package catalog

import "time"

// Words is a text for people in the languages of the page.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Model is one model of the provider.
type Model struct {
	ID          string // the provider's req_key, and the name in our API
	Name        Words
	Description Words

	PromptMaxRunes     int // characters, not bytes
	PromptAdvisedRunes int // more is taken, but the vendor advises against it

	// CountMax is how many pictures one task may ask for, each a call: our bound.
	CountMax int
	// SetMax is how many pictures one call for a coherent set draws at most; 0
	// where the model has no sets.
	SetMax int

	Size   Size
	Fields []Field

	Format string // of the pictures it makes: "png" or "jpeg"

	// Concurrency bounds calls in flight, QPS submits a second, QueryQPS polls a
	// second. All depend on what an account has bought.
	Concurrency, QPS, QueryQPS int
	// Expected is how long a picture takes, until this installation has
	// measured it.
	Expected time.Duration
	// TimeLimit is when a call of which nothing was heard has surely ended at the
	// provider, so that its slot can be given to another.
	TimeLimit time.Duration
	// LinkLife is how long a result's link may be fetched, JobLife how long a job
	// may be asked after.
	LinkLife, JobLife time.Duration
	// ResultHosts are the host names, or with a leading dot the suffixes, that
	// results are fetched from.
	ResultHosts []string
	// Price of one picture in millionths of a yuan; 0 where nobody told.
	PriceMicroCNY int64

	// Evidence says for each value above where it comes from, by its name in Go,
	// Fields by "Fields.<name>".
	Evidence map[string]Evidence
}

// Evidence is where a value comes from.
type Evidence struct {
	State  State
	Source string
}

// State is how far a value can be trusted.
type State string

// The states of a value.
const (
	Verified State = "verified" // seen in an answer of the live service
	Assumed  State = "assumed"  // read, not yet seen
)

// Size is which pictures a model draws.
type Size struct {
	MinArea, MaxArea   int     // width × height, inclusive
	MinRatio, MaxRatio float64 // width / height, inclusive
	// AreaField tells whether the model takes the area alone ("size") and
	// chooses the ratio itself.
	AreaField bool
	Default   Preset
	Presets   []Preset
}

// Preset is a size that the vendor suggests.
type Preset struct {
	Ratio  string `json:"ratio"` // aspect name: "1:1", "16:9"
	Tier   string `json:"tier"`  // "1K", "2K", "4K"
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// Type is the type of a field's value.
type Type string

// The types of fields.
const (
	Integer Type = "integer"
	Number  Type = "number"
	Boolean Type = "boolean"
)

// Field is a parameter that a model takes beyond prompt, size and count. Its name
// is the same in our API and, unless Wire says otherwise, at the provider.
type Field struct {
	Name string
	Wire string // empty: Name
	Type Type
	// Min and Max bound numbers, inclusive, but Max is excluded with MaxOpen.
	Min, Max float64
	MaxOpen  bool
	Step     float64 // what a slider moves by; not a rule
	Default  any     // bool, int64 or float64: what the model takes when nothing is sent
	// Random is the value that asks for a random one; nil where there is none.
	Random *int64
	Label  Words
	Help   Words
}

// WireName is the field's name in a request to the provider.
func (f Field) WireName() string {
	if f.Wire != "" {
		return f.Wire
	}
	return f.Name
}

// Field is the model's field of that name.
func (m Model) Field(name string) (Field, bool) {
	for _, f := range m.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
