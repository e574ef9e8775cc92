package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// everyShard asks all partitions of jobs at once and joins what they answer.
func everyShard[T any](partition func(shard int) string, ask func(partition string) ([]T, error)) ([]T, error) {
	answers, errs := make([][]T, jobShards), make([]error, jobShards)
	var all sync.WaitGroup
	for n := range jobShards {
		all.Go(func() { answers[n], errs[n] = ask(partition(n)) })
	}
	all.Wait()
	return slices.Concat(answers...), errors.Join(errs...)
}

// dueEntry is a row of the due index.
type dueEntry struct {
	SK     string `dynamodbav:"SK"`
	NextAt int64  `dynamodbav:"next_at"`
	ref    task.Ref
}

// Due lists jobs whose next step is due at now, longest overdue first, and then
// records likewise and tasks made by then that are not indexed.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]task.Ref, error) {
	if limit <= 0 {
		return nil, nil
	}
	refs, err := s.due(ctx, jobPartition, now, limit)
	if err == nil && len(refs) < limit {
		var tasks []task.Ref
		tasks, err = s.due(ctx, stepPartition, now, limit-len(refs))
		refs = append(refs, tasks...)
	}
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return refs, nil
}

func (s *Store) due(ctx context.Context, partition func(int) string, now time.Time, limit int) ([]task.Ref, error) {
	due, err := everyShard(partition, func(partition string) (entries []dueEntry, err error) {
		where := expression.Key(attrPK).Equal(expression.Value(partition)).
			And(expression.Key(attrNextAt).LessThanEqual(expression.Value(nanos(now))))
		err = s.query(ctx, indexDue, where, limit, func(item map[string]types.AttributeValue) error {
			var e dueEntry
			if err := attributevalue.UnmarshalMap(item, &e); err != nil {
				return err
			}
			e.ref, err = parseJobKey(e.SK)
			entries = append(entries, e)
			return err
		})
		return entries, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(due, func(a, b dueEntry) int {
		return cmp.Or(cmp.Compare(a.NextAt, b.NextAt), cmp.Compare(a.SK, b.SK))
	})
	var refs []task.Ref
	for _, e := range due[:min(limit, len(due))] {
		refs = append(refs, e.ref)
	}
	return refs, nil
}

const (
	// maxHeads bounds an answer; of more pairs those count that waited longest.
	maxHeads = 200
	// headsPage is how many waiting jobs one look reads: many owners with a few
	// jobs each are seen at once, one with a thousand costs one look.
	headsPage = 50
	// maxLooks bounds the looks at one partition, each of which sees one pair more
	// at least.
	maxLooks = 64
)

// pair is whose waiting jobs are of one line.
type pair struct {
	owner task.Owner
	model string
}

// Heads lists the oldest waiting job of each owner and model.
func (s *Store) Heads(ctx context.Context) ([]task.Head, error) {
	all, err := everyShard(jobPartition, func(partition string) ([]task.Head, error) { return s.shardHeads(ctx, partition) })
	if err != nil {
		return nil, fmt.Errorf("read waiting jobs: %w", err)
	}
	oldest := map[pair]task.Head{} // each partition has a head of its own
	for _, h := range all {
		p := pair{h.Owner, h.Model}
		if o, ok := oldest[p]; !ok || byAge(h, o) < 0 {
			oldest[p] = h
		}
	}
	heads := slices.SortedFunc(maps.Values(oldest), byAge)
	return heads[:min(maxHeads, len(heads))], nil
}

func byAge(a, b task.Head) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Task, b.Task), cmp.Compare(a.N, b.N))
}

// shardHeads walks the waiting jobs of one partition. The index is ordered by
// owner, model and age, and the walk jumps behind each pair it has seen.
func (s *Store) shardHeads(ctx context.Context, partition string) ([]task.Head, error) {
	var heads []task.Head
	behind := separator // before every owner
	for range maxLooks {
		seen := 0
		where := expression.Key(attrPK).Equal(expression.Value(partition)).
			And(expression.Key(attrWaiting).GreaterThan(expression.Value(behind)))
		err := s.query(ctx, indexWaiting, where, headsPage, func(item map[string]types.AttributeValue) error {
			seen++
			var e struct {
				Waiting string `dynamodbav:"waiting"`
			}
			if err := attributevalue.UnmarshalMap(item, &e); err != nil {
				return err
			}
			h, err := parseWaitingKey(e.Waiting)
			if n := len(heads); n == 0 || heads[n-1].Owner != h.Owner || heads[n-1].Model != h.Model {
				heads = append(heads, h)
			}
			return err
		})
		if err != nil || seen < headsPage {
			return heads, err
		}
		behind = behindPair(heads[len(heads)-1])
	}
	return heads, nil
}
