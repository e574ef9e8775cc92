package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"volcimage/internal/task"
)

// label is what the settings AIGC_* say before they are put together.
type label struct {
	task.Label
	mark task.Mark
}

// noMark leaves the visible mark off.
const noMark = "none"

// position reads the corner that the visible mark is in.
func position(field *string) func(string) error {
	return func(s string) error {
		if s != noMark && !slices.Contains(task.MarkPositions, s) {
			return fmt.Errorf("must be %s or %s", noMark, strings.Join(task.MarkPositions, ", "))
		}
		*field = s
		return nil
	}
}

func language(field *string) func(string) error {
	return func(s string) error {
		if s != "zh" && s != "en" {
			return errors.New("must be zh or en")
		}
		*field = s
		return nil
	}
}

func opacity(field *float64) func(string) error {
	return func(s string) error {
		x, ok := decimal(s, 0.05, 1)
		if !ok {
			return errors.New("must be a number from 0.05 to 1")
		}
		*field = x
		return nil
	}
}

// complete is the label in one piece: a picture that names its service has a number
// there too.
func (l label) complete() (whole task.Label, wrong []error) {
	whole = l.Label
	if whole.PropagateID != "" && whole.ContentPropagator == "" {
		wrong = append(wrong, errors.New("AIGC_CONTENT_PROPAGATOR: must be set, because AIGC_PROPAGATE_ID is"))
	}
	if whole.ProduceID == "" && (whole.ContentProducer != "" || whole.ContentPropagator != "") {
		whole.ProduceID = "{id}"
	}
	if l.mark.Position != noMark {
		whole.Mark = &l.mark
	}
	return whole, wrong
}
