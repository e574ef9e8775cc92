package task

// Order asks for pictures as a person does.
type Order struct {
	// Params has the prompt as it was typed: its choices are made by the submit.
	Params Params
	// Variants ask for a task each, drawn with them instead of Params, but for the
	// prompt, which is one for all. Nil asks for the one task of Params.
	Variants []Params
	// EveryChoice asks for the tasks once for every way to make the prompt's
	// choices. Otherwise they are made once, for all tasks alike.
	EveryChoice bool
	Parent      ID // what it is made from; may be empty, or a task that is gone
	// Key and BodyHash are as in [Submission], for all tasks together.
	Key      string
	BodyHash [32]byte
}

// Placed is a task of an order: replayed where an earlier order of the same key
// has made it.
type Placed struct {
	Task
	Replayed bool
}

// Again asks for what a task asked for once more, with the prompt that was sent and
// the seed, where there is one.
type Again struct {
	Variation bool // another seed
	Image     *int // index of the one picture that is asked for; nil for all
	// Key and BodyHash are as in [Submission].
	Key      string
	BodyHash [32]byte
}

const (
	// MaxTypedRunes bounds a prompt with all its choices. What is sent is bounded by
	// the model.
	MaxTypedRunes = 2000
	// MaxOrder is how many tasks an order may ask for.
	MaxOrder = 12
)
