package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// Store keeps everything in one table, made as [Table] says.
type Store struct {
	client *dynamodb.Client
	table  string
}

// New is the store in that table. The client's own retries are relied on: a call
// that is throttled fails only after them.
func New(client *dynamodb.Client, table string) *Store {
	return &Store{client: client, table: table}
}

const (
	// tries bounds how often a call that DynamoDB answered with "not now" is made
	// again: a transaction that met another, or the rest of a batch.
	tries = 12
	// Delays double from one to the other, with full jitter: about 2 s in all.
	firstDelay, maxDelay = 10 * time.Millisecond, 500 * time.Millisecond
)

// pause waits before try n, counted from 0, is followed by another.
func pause(ctx context.Context, n int) error {
	t := time.NewTimer(rand.N(min(firstDelay<<n, maxDelay)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Task reads one task, also one that is marked deleted.
func (s *Store) Task(ctx context.Context, owner task.Owner, id task.ID) (task.Task, error) {
	var i taskItem
	if err := s.get(ctx, taskKey(owner, id), &i); err != nil {
		return task.Task{}, fmt.Errorf("read task %s: %w", id, err)
	}
	return i.task(), nil
}

// Job reads one job.
func (s *Store) Job(ctx context.Context, ref task.Ref) (*task.Job, error) {
	var i jobItem
	err := s.get(ctx, jobKey(ref), &i)
	if err == nil {
		var j *task.Job
		if j, err = i.job(); err == nil {
			return j, nil
		}
	}
	return nil, fmt.Errorf("read job %d of task %s: %w", ref.N, ref.Task, err)
}

// Slots reads the slots; the zero Slots where none were saved yet.
func (s *Store) Slots(ctx context.Context) (*task.Slots, error) {
	var i slotsItem
	if err := s.get(ctx, slotsKey(), &i); err != nil && task.KindOf(err) != task.NotFound {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	return i.slots(), nil
}

// get reads one row as it is now into item, or answers [task.ErrNotFound].
func (s *Store) get(ctx context.Context, k key, item any) error {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: k.attributes(), ConsistentRead: aws.Bool(true),
	})
	switch {
	case err != nil:
		return classed(err)
	case out.Item == nil:
		return task.ErrNotFound
	}
	return attributevalue.UnmarshalMap(out.Item, item)
}

// Ping tells whether the table answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: slotsKey().attributes(), ProjectionExpression: aws.String(attrPK)})
	if err != nil {
		return fmt.Errorf("ask the table: %w", classed(err))
	}
	return nil
}

// Jobs reads all jobs of a task in order of their number; none where there is no
// such task.
func (s *Store) Jobs(ctx context.Context, owner task.Owner, id task.ID) ([]*task.Job, error) {
	var jobs []*task.Job
	err := s.query(ctx, "", expression.Key(attrPK).Equal(expression.Value(jobPartition(shardOf(id)))).
		And(expression.Key(attrSK).BeginsWith(jobsPrefix(owner, id))), 0,
		func(item map[string]types.AttributeValue) error {
			var i jobItem
			if err := attributevalue.UnmarshalMap(item, &i); err != nil {
				return err
			}
			j, err := i.job()
			jobs = append(jobs, j)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read jobs of task %s: %w", id, err)
	}
	return jobs, nil
}

// Usage lists what each owner stores.
func (s *Store) Usage(ctx context.Context) ([]task.OwnerUsage, error) {
	var all []task.OwnerUsage
	err := s.query(ctx, "", expression.Key(attrPK).Equal(expression.Value(usagePartition)), 0,
		func(item map[string]types.AttributeValue) error {
			var i usageItem
			err := attributevalue.UnmarshalMap(item, &i)
			all = append(all, task.OwnerUsage{Owner: task.Owner(i.SK), Usage: task.Usage{Bytes: i.Bytes, Images: i.Images}})
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	return all, nil
}

// query hands the rows of a partition that fit to each, in order and as they are
// now, at most limit of them where that is not 0. index is empty for the table itself.
func (s *Store) query(ctx context.Context, index string, where expression.KeyConditionBuilder, limit int, each func(map[string]types.AttributeValue) error) error {
	e, err := expression.NewBuilder().WithKeyCondition(where).Build()
	if err != nil {
		return err
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:   e.KeyCondition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
	}
	if index != "" {
		in.IndexName = &index
	}
	for left := limit; ; {
		if limit > 0 {
			in.Limit = aws.Int32(int32(left))
		}
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return classed(err)
		}
		for _, item := range out.Items {
			if err := each(item); err != nil {
				return err
			}
		}
		left -= len(out.Items)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil || limit > 0 && left <= 0 {
			return nil
		}
	}
}
