package operate

import (
	"context"
	"slices"
	"strings"
)

// Command is one thing that a command line may ask for.
type Command struct {
	words       []string
	least, most int
	do          Action
}

// Action carries out a command with the arguments behind its words.
type Action func(ctx context.Context, args []string) error

// Named is a command of one word or several, followed by least to most arguments.
func Named(words string, least, most int, do Action) Command {
	return Command{strings.Fields(words), least, most, do}
}

// Find answers what carries out the command that the arguments name, nil where there
// is none that takes as many.
func Find(all []Command, args []string) func(context.Context) error {
	for _, c := range all {
		n := len(c.words)
		if len(args) < n || !slices.Equal(args[:n], c.words) {
			continue
		}
		if rest := args[n:]; len(rest) >= c.least && len(rest) <= c.most {
			return func(ctx context.Context) error { return c.do(ctx, rest) }
		}
	}
	return nil
}
