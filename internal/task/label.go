package task

// Label is how a picture was asked to be labelled as generated, by the rules of
// GB 45438-2025. The provider writes it; the zero Label leaves that to the provider.
type Label struct {
	// The implicit label, in the file: whose service made the picture and its number
	// there, who passes it on and its number there. Each is empty where nobody said.
	ContentProducer, ProduceID, ContentPropagator, PropagateID string
	// Mark is the visible one; nil for none.
	Mark *Mark
}

// Mark is a label that is seen: words in a corner of the picture.
type Mark struct {
	Position string  // one of [MarkPositions]
	Language string  // of the provider's own words: "zh" or "en"
	Text     string  // other words; empty for the provider's own
	Opacity  float64 // over 0, to 1
}

// MarkPositions are the corners that a mark may be in, in the provider's order.
var MarkPositions = []string{"bottom-right", "bottom-left", "top-left", "top-right"}
