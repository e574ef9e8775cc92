package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// recordItem is the row of a record. Its partition names owner and kind, its sort
// key the id.
type recordItem struct {
	key
	Version   int64  `dynamodbav:"version"`
	UpdatedAt int64  `dynamodbav:"updated_at,omitempty"`
	Doc       []byte `dynamodbav:"doc"`
	Step      int    `dynamodbav:"step,omitempty"`
	DueAt     int64  `dynamodbav:"due_at,omitempty"`
}

func (i recordItem) record(o task.Owner, kind string) task.Record {
	return task.Record{
		Owner: o, Kind: kind, ID: i.SK[len(recordPrefix):],
		Version: i.Version, UpdatedAt: moment(i.UpdatedAt), Doc: i.Doc, Step: i.Step, NextAt: moment(i.DueAt),
	}
}

// Record reads one record.
func (s *Store) Record(ctx context.Context, owner task.Owner, kind, id string) (task.Record, error) {
	var i recordItem
	if err := s.get(ctx, recordKey(owner, kind, id), &i); err != nil {
		return task.Record{}, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return i.record(owner, kind), nil
}

// Records lists an owner's records of a kind in order of id, those behind after
// and at most limit of them.
func (s *Store) Records(ctx context.Context, owner task.Owner, kind, after string, limit int) ([]task.Record, error) {
	var all []task.Record
	where := expression.Key(attrPK).Equal(expression.Value(recordPartition(owner, kind))).
		And(expression.Key(attrSK).GreaterThan(expression.Value(recordPrefix + after)))
	err := s.query(ctx, "", where, limit, func(item map[string]types.AttributeValue) error {
		var i recordItem
		if err := attributevalue.UnmarshalMap(item, &i); err != nil {
			return err
		}
		all = append(all, i.record(owner, kind))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	return all, nil
}

// SaveRecord writes a record, a new one where its version is 0. Its version is one
// higher afterwards. It answers [task.ErrConflict] where the row is not as it was read.
func (s *Store) SaveRecord(ctx context.Context, r *task.Record) error {
	cond := absent()
	if r.Version > 0 {
		cond = unchanged(r.Version)
	}
	w := writes{table: s.table}
	w.put(recordItem{recordKey(r.Owner, r.Kind, r.ID), r.Version + 1, nanos(r.UpdatedAt), r.Doc, r.Step, nanos(r.NextAt)}, cond, task.ErrConflict)
	w.due(r)
	if err := s.carryOut(ctx, w); err != nil {
		return fmt.Errorf("save %s %s: %w", r.Kind, r.ID, err)
	}
	r.Version++
	return nil
}

// DeleteRecord removes a record of that version, or answers [task.ErrConflict].
func (s *Store) DeleteRecord(ctx context.Context, r task.Record) error {
	w := writes{table: s.table}
	w.remove(recordKey(r.Owner, r.Kind, r.ID), unchanged(r.Version), task.ErrConflict)
	r.NextAt = time.Time{}
	w.due(&r)
	if err := s.carryOut(ctx, w); err != nil {
		return fmt.Errorf("delete %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

// due writes when the record's next step is due, in a row of its own: the index of
// what is due is by partition.
func (w *writes) due(r *task.Record) {
	k := dueKey(task.Ref{Owner: r.Owner, Task: task.ID(r.ID), N: r.Step})
	switch {
	case r.Step == 0:
	case r.NextAt.IsZero():
		w.drop(k)
	default:
		w.overwrite(dueItem{k, nanos(r.NextAt)})
	}
}
