package main

import (
	"context"

	"volcimage/internal/embedded/host"
	"volcimage/internal/embedded/sqlite"
)

// messages shows the queue's messages as the host knows them: neither package
// knows the other.
type messages struct{ *sqlite.Queue }

func (q messages) Receive(ctx context.Context, limit int) ([]host.Message, error) {
	got, err := q.Queue.Receive(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]host.Message, len(got))
	for i, m := range got {
		out[i] = host.Message{ID: m.ID, Receipt: m.Receipt, Body: m.Body, ReceiveCount: m.ReceiveCount, SentAt: m.SentAt}
	}
	return out, nil
}
