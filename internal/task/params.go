package task

// Params is what a person asked for. Which fields a model takes and within which
// range is the catalog's to say; a nil or zero field was not given.
type Params struct {
	Prompt string
	Model  string
	Count  int // pictures, each a provider call of its own; 1 for a coherent set
	// CoherentSet asks for one call that draws several pictures that belong
	// together; the prompt decides how many, and each is charged.
	CoherentSet bool

	Width, Height int // pixels; both or neither
	Size          int // area in pixels, the model choosing the ratio; 0 with Width and Height

	Seed      *int64 // of the first picture; the n-th is drawn with Seed+n
	Scale     *float64
	UsePreLLM *bool
	MinRatio  *float64
	MaxRatio  *float64
}

// Jobs is how many provider calls the task takes.
func (p Params) Jobs() int {
	if p.CoherentSet {
		return 1
	}
	return max(p.Count, 1)
}

// maxSeed is the largest seed the provider takes (catalog, jimeng_t2i_v31).
const maxSeed = 1<<31 - 1

// ForJob is what the provider is asked for by job n. reseeded counts the pictures
// of the job that were refused after they were drawn: the same seed would draw
// the same picture again.
func (p Params) ForJob(n, reseeded int) Params {
	p.Count = 1
	if p.Seed != nil {
		// 101 is larger than any count, so the seeds of one task do not meet.
		seed := (*p.Seed + int64(n) + 101*int64(reseeded)) % (maxSeed + 1)
		p.Seed = &seed
	}
	return p
}
