package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// indexTries bounds how often a task that changes all the time is read again to be
// indexed. The janitor comes back to it.
const indexTries = 12

// Index puts a task's words into the index, unless they are there. It never leaves
// more to do. The words are written first: what is said of the task follows with the
// row that says that it is indexed, and until then it is looked at by every search.
func (s *Store) Index(ctx context.Context, ref task.Ref) (more bool, err error) {
	if err := s.index(ctx, ref); err != nil {
		return false, fmt.Errorf("index task %s: %w", ref.Task, err)
	}
	return false, nil
}

func (s *Store) index(ctx context.Context, ref task.Ref) error {
	var posted []string
	for range indexTries {
		t, err := s.Task(ctx, ref.Owner, ref.Task)
		switch {
		case task.KindOf(err) == task.NotFound:
			// It may have gone while its words were written.
			return errors.Join(s.unpost(ctx, ref.Owner, ref.Task, posted), s.notDue(ctx, ref))
		case err != nil:
			return err
		case t.Indexed || !t.DeletedAt.IsZero():
			return s.notDue(ctx, ref)
		}
		if posted == nil {
			posted = search.Terms(&t)
			if err := s.post(ctx, t.Owner, t.ID, posted); err != nil {
				return err
			}
		}
		t.Indexed = true
		w := writes{table: s.table}
		w.task(&t)
		w.drop(indexDueKey(ref.Owner, ref.Task))
		if err := s.carryOut(ctx, w); task.KindOf(err) != task.Conflict {
			return err
		}
	}
	return task.ErrConflict
}

// Reindex has up to so many of the owner's tasks put into the index anew, from the
// oldest behind after on, and answers the last of them; empty at the end. They are
// found all the while. Words that an older program made of a task, and this one does
// not, stay: no search answers with the task for them, it only takes a read unit more
// for looking. To find them takes a scan, and to remove them a write unit each: more
// than a year of lying there costs; docs/performance.md has the numbers.
func (s *Store) Reindex(ctx context.Context, owner task.Owner, after task.ID, limit int) (last task.ID, err error) {
	var tasks []task.Task
	where := expression.Key(attrPK).Equal(expression.Value(ownerPartition(owner))).
		And(expression.Key(attrSK).Between(expression.Value(taskPrefix+string(after)+"!"), expression.Value(taskPrefix+lastID)))
	err = s.query(ctx, "", where, limit, func(item map[string]types.AttributeValue) error {
		var i taskItem
		err := attributevalue.UnmarshalMap(item, &i)
		tasks = append(tasks, i.task())
		return err
	})
	for _, t := range tasks {
		last = t.ID
		if err != nil || !t.DeletedAt.IsZero() {
			continue
		}
		t.Indexed = false
		w := writes{table: s.table}
		w.task(&t)
		w.overwrite(newIndexDueItem(&t))
		if err = s.carryOut(ctx, w); task.KindOf(err) == task.Conflict {
			err = nil // who changed it meanwhile did so to a task that is in the index
		}
	}
	if err != nil {
		return "", fmt.Errorf("index anew: %w", err)
	}
	return last, nil
}

// task saves a task with its marks, and counts them.
func (w *writes) task(t *task.Task) {
	marked := *t
	marked.Marks = search.Marks(t)
	marked.MarkedBytes = markedBytes(t, marked.Marks)
	w.put(newTaskItem(&marked, t.Version+1), unchanged(t.Version), task.ErrConflict)
	w.marks(t, marked.Marks)
}

// marks writes how a task's marks change to what they are now.
func (w *writes) marks(t *task.Task, now []string) {
	bytes := markedBytes(t, now)
	for _, mark := range now {
		switch there := slices.Contains(t.Marks, mark); {
		case !there:
			w.overwrite(wordKey(t.Owner, mark, t.ID))
			w.count(t.Owner, mark, counting(1, bytes).Set(expression.Name(attrLabel), expression.Value(search.Label(t, mark))))
		case bytes != t.MarkedBytes:
			w.count(t.Owner, mark, counting(0, bytes-t.MarkedBytes))
		}
	}
	for _, mark := range t.Marks {
		if !slices.Contains(now, mark) {
			w.drop(wordKey(t.Owner, mark, t.ID))
			w.count(t.Owner, mark, counting(-1, -t.MarkedBytes))
		}
	}
}

// markedBytes is what the counts of a task's marks have of what it stores.
func markedBytes(t *task.Task, marks []string) int64 {
	if len(marks) == 0 {
		return 0
	}
	return t.StoredBytes()
}

func counting(tasks int, bytes int64) expression.UpdateBuilder {
	return expression.Add(expression.Name(attrCount), expression.Value(tasks)).Add(expression.Name(attrBytes), expression.Value(bytes))
}

func (w *writes) count(o task.Owner, mark string, u expression.UpdateBuilder) {
	if search.Counted(mark) {
		w.update(tallyKey(o, mark), expression.NewBuilder().WithUpdate(u), task.ErrConflict)
	}
}

// tallyItem is the row of a count; its sort key is the mark.
type tallyItem struct {
	SK    string `dynamodbav:"SK"`
	Label string `dynamodbav:"label"`
	N     int64  `dynamodbav:"n"`
	Bytes int64  `dynamodbav:"bytes,omitempty"`
}

// spareCounts is how many counts are read beyond those asked for: some are down to
// zero.
const spareCounts = 100

// Counts lists how many tasks have each counted mark that begins so, in order of the
// marks, at most limit of them. Tasks that are not indexed yet are not counted.
func (s *Store) Counts(ctx context.Context, owner task.Owner, prefix string, limit int) ([]task.Count, error) {
	where := expression.Key(attrPK).Equal(expression.Value(tallyPartition(owner)))
	if prefix != "" {
		where = where.And(expression.Key(attrSK).BeginsWith(prefix))
	}
	var all []task.Count
	err := s.query(ctx, "", where, limit+spareCounts, func(item map[string]types.AttributeValue) error {
		var i tallyItem
		err := attributevalue.UnmarshalMap(item, &i)
		if i.N > 0 && len(all) < limit {
			all = append(all, task.Count{Mark: i.SK, Label: i.Label, N: i.N, Bytes: i.Bytes})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	return all, nil
}

// Uncounted counts tasks by a status that no mark counts: of those whose run is not
// over, and of those that are not indexed yet. It looks at most at limit of them.
func (s *Store) Uncounted(ctx context.Context, owner task.Owner, limit int) (map[task.Status]int64, error) {
	all := map[task.Status]int64{}
	where := expression.Key(attrPK).Equal(expression.Value(ownerPartition(owner))).
		And(expression.Key(attrActive).Between(expression.Value(taskPrefix), expression.Value(loosePrefix+lastID)))
	err := s.query(ctx, indexActive, where, limit, func(item map[string]types.AttributeValue) error {
		var i taskItem
		err := attributevalue.UnmarshalMap(item, &i)
		if _, status, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(i.Active, taskPrefix), loosePrefix), separator); ok {
			all[task.Status(status)]++
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what has no mark: %w", err)
	}
	return all, nil
}

// dueItem says that a step is due that is no job's.
type dueItem struct {
	key
	NextAt int64 `dynamodbav:"next_at"`
}

func newIndexDueItem(t *task.Task) dueItem {
	return dueItem{indexDueKey(t.Owner, t.ID), nanos(t.CreatedAt)}
}

func (s *Store) notDue(ctx context.Context, ref task.Ref) error {
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: indexDueKey(ref.Owner, ref.Task).attributes()})
	if err != nil {
		return classed(err)
	}
	return nil
}

const (
	// wordBatch is how many rows one request writes, and wordRequests how many of
	// those are under way at once.
	wordBatch    = 25
	wordRequests = 4
)

// post adds a task to terms. It may be repeated.
func (s *Store) post(ctx context.Context, o task.Owner, id task.ID, terms []string) error {
	return s.writeWords(ctx, terms, func(term string) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: wordKey(o, term, id).attributes()}}
	})
}

// unpost takes a task from terms. It may be repeated.
func (s *Store) unpost(ctx context.Context, o task.Owner, id task.ID, terms []string) error {
	return s.writeWords(ctx, terms, func(term string) types.WriteRequest {
		return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: wordKey(o, term, id).attributes()}}
	})
}

func (s *Store) writeWords(ctx context.Context, terms []string, write func(term string) types.WriteRequest) error {
	free := make(chan struct{}, wordRequests)
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for batch := range slices.Chunk(terms, wordBatch) {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			var requests []types.WriteRequest
			for _, term := range batch {
				requests = append(requests, write(term))
			}
			if err := s.writeBatch(ctx, requests); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// writeBatch writes rows. DynamoDB may do a part only.
func (s *Store) writeBatch(ctx context.Context, requests []types.WriteRequest) error {
	left := map[string][]types.WriteRequest{s.table: requests}
	for try := range tries {
		out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: left})
		if err != nil {
			return classed(err)
		}
		if left = out.UnprocessedItems; len(left) == 0 {
			return nil
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return unavailable(fmt.Errorf("%d rows not written after %d tries", len(left[s.table]), tries))
}

// words is what a search reads of one owner; what it costs is read units.
type words struct {
	*Store
	owner task.Owner
}

// Keys answers the ids of a term.
func (x words) Keys(ctx context.Context, term string, r search.Range, n int) (keys []string, cost int, err error) {
	partition, sort, prefix, index := wordPartition(x.owner, term), attrSK, "", ""
	switch term {
	case search.Active:
		partition, sort, prefix, index = ownerPartition(x.owner), attrActive, taskPrefix, indexActive
	case search.LooseTasks:
		partition, sort, prefix, index = ownerPartition(x.owner), attrActive, loosePrefix, indexActive
	}
	in, err := x.rangeOf(partition, sort, prefix, r)
	if err != nil {
		return nil, 0, err
	}
	in.Limit = aws.Int32(int32(n))
	if index != "" {
		in.IndexName = &index
	}
	if r.Behind {
		in.ExclusiveStartKey = key{partition, r.From}.attributes()
		if index != "" {
			in.ExclusiveStartKey = key{partition, taskPrefix + r.From}.attributes()
			last := prefix + r.From
			if r.Oldest {
				last += lastID // behind the status, too
			}
			in.ExclusiveStartKey[attrActive] = &types.AttributeValueMemberS{Value: last}
		}
	}
	out, err := x.client.Query(ctx, in)
	if err != nil {
		return nil, 0, classed(err)
	}
	for _, item := range out.Items {
		var k key
		if err := attributevalue.UnmarshalMap(item, &k); err != nil {
			return nil, 0, err
		}
		keys = append(keys, strings.TrimPrefix(k.SK, taskPrefix))
	}
	return keys, units(out.ConsumedCapacity), nil
}

// rangeOf asks for the part of a partition that a walk goes through.
func (s *Store) rangeOf(partition, sort, prefix string, r search.Range) (*dynamodb.QueryInput, error) {
	low, high := r.Low(), r.High()
	if low == "" {
		low = "!" // before every id; a key cannot be empty
	}
	if high == "" {
		high = lastID
	}
	if sort == attrActive {
		high += lastID // a status may follow the id
	}
	e, err := expression.NewBuilder().WithKeyCondition(expression.Key(attrPK).Equal(expression.Value(partition)).
		And(expression.Key(sort).Between(expression.Value(prefix+low), expression.Value(prefix+high)))).Build()
	if err != nil {
		return nil, err
	}
	return &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: &r.Oldest,
		KeyConditionExpression: e.KeyCondition(), ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}, nil
}

// units are read units, begun ones counted whole: at least one.
func units(all ...*types.ConsumedCapacity) int {
	sum := 0.0
	for _, c := range all {
		if c != nil {
			sum += aws.ToFloat64(c.CapacityUnits)
		}
	}
	return max(1, int(math.Ceil(sum)))
}

// Rows reads tasks.
func (x words) Rows(ctx context.Context, keys []string) ([]task.Task, int, error) {
	ids := make([]task.ID, len(keys))
	for i, k := range keys {
		ids[i] = task.ID(k)
	}
	byID := make(map[task.ID]task.Task, len(ids))
	cost := 0
	for batch := range slices.Chunk(ids, maxBatch) {
		n, err := x.readBatch(ctx, x.owner, batch, byID)
		if err != nil {
			return nil, 0, err
		}
		cost += n
	}
	tasks := make([]task.Task, 0, len(byID))
	for _, t := range byID {
		tasks = append(tasks, t)
	}
	return tasks, cost, nil
}
