package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/text/unicode/norm"

	"volcimage/internal/task"
)

const (
	// rowsPerList is how many rows a list looks at before it answers a short page.
	rowsPerList = 1000
	// rowsPerQuery is how many a request looks at where most may not be wanted.
	rowsPerQuery = 250
)

// List answers a page of one owner's tasks, never those marked deleted or in the bin.
func (s *Store) List(ctx context.Context, q task.Query) (task.Page, error) {
	q.Limit = min(max(q.Limit, 1), 100)
	low, high := idRange(q)
	if low > high {
		return task.Page{}, nil
	}
	in, err := s.listInput(q, low, high)
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	page, err := s.walk(ctx, q, in)
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	return page, nil
}

// walk reads on until the page is full, or it has looked at rowsPerList rows: then
// the page is short and Next says where to go on.
func (s *Store) walk(ctx context.Context, q task.Query, in *dynamodb.QueryInput) (task.Page, error) {
	p := picker{q: q, text: fold(q.Text)}
	for left := int32(rowsPerList); ; {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return task.Page{}, classed(err)
		}
		tasks, err := s.tasksOf(ctx, q.Owner, out, in.IndexName != nil)
		if err != nil {
			return task.Page{}, err
		}
		if p.pick(tasks); p.page.Next != "" {
			return p.page, nil
		}
		left -= out.ScannedCount
		in.ExclusiveStartKey = out.LastEvaluatedKey
		if in.ExclusiveStartKey == nil {
			return p.page, nil
		}
		if left <= 0 {
			var last key
			err := attributevalue.UnmarshalMap(out.LastEvaluatedKey, &last)
			p.page.Next = taskID(last.SK)
			return p.page, err
		}
		in.Limit = aws.Int32(min(left, rowsPerQuery))
	}
}

// tasksOf is what a query found. An index holds keys only; the rows are read
// apart, as they are now.
func (s *Store) tasksOf(ctx context.Context, owner task.Owner, out *dynamodb.QueryOutput, keysOnly bool) ([]task.Task, error) {
	var items []taskItem
	if err := attributevalue.UnmarshalListOfMaps(out.Items, &items); err != nil {
		return nil, err
	}
	if keysOnly {
		ids := make([]task.ID, len(items))
		for n, i := range items {
			ids[n] = taskID(i.SK)
		}
		return s.Tasks(ctx, owner, ids)
	}
	tasks := make([]task.Task, len(items))
	for n, i := range items {
		tasks[n] = i.task()
	}
	return tasks, nil
}

// picker fills a page.
type picker struct {
	q    task.Query
	text string // folded
	page task.Page
}

// pick takes what fits of the tasks read. Next is set once there is one too many.
func (p *picker) pick(tasks []task.Task) {
	for _, t := range tasks {
		if !p.fits(t) {
			continue
		}
		if n := len(p.page.Tasks); n == p.q.Limit {
			p.page.Next = p.page.Tasks[n-1].ID
			return
		}
		p.page.Tasks = append(p.page.Tasks, t)
	}
}

// fits tells whether a task passes the query's filters. They are not DynamoDB's
// business: it charges for what it reads, filtered or not.
func (p *picker) fits(t task.Task) bool {
	q := p.q
	switch {
	case t.ID == q.Before, !t.Listed():
		return false
	case !q.From.IsZero() && t.CreatedAt.Before(q.From), !q.To.IsZero() && !t.CreatedAt.Before(q.To):
		return false
	case q.Model != "" && t.Params.Model != q.Model:
		return false
	case len(q.Statuses) > 0 && !slices.Contains(q.Statuses, t.Status):
		return false
	}
	return p.text == "" || strings.Contains(fold(t.Params.Prompt), p.text)
}

func (s *Store) listInput(q task.Query, low, high task.ID) (*dynamodb.QueryInput, error) {
	in := &dynamodb.QueryInput{TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: &q.Oldest}
	sort := attrSK
	if onlyActive(q.Statuses) {
		sort = attrActive
		in.IndexName = aws.String(indexActive)
	}
	between := expression.Key(sort).Between(expression.Value(taskPrefix+string(low)), expression.Value(taskPrefix+string(high)))
	e, err := expression.NewBuilder().
		WithKeyCondition(expression.Key(attrPK).Equal(expression.Value(ownerPartition(q.Owner))).And(between)).
		Build()
	if err != nil {
		return nil, err
	}
	in.KeyConditionExpression = e.KeyCondition()
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.Names(), e.Values()
	in.Limit = aws.Int32(rowsPerQuery)
	if q.Text == "" && q.Model == "" && (len(q.Statuses) == 0 || in.IndexName != nil) {
		in.Limit = aws.Int32(int32(q.Limit) + 2) // the cursor's row, and one to see that there is more
	}
	return in, nil
}

// onlyActive tells whether only tasks that are not over are asked for.
func onlyActive(all []task.Status) bool {
	for _, s := range all {
		if s.Over() {
			return false
		}
	}
	return len(all) > 0
}

// idRange is the part of the owner's partition to walk, both ends included. Ids
// hold their time in milliseconds, so it is as wide as that; the row's own time
// decides. The row of the cursor is left out by it too.
func idRange(q task.Query) (low, high task.ID) {
	high = lastID
	if !q.From.IsZero() {
		low = task.FirstID(q.From)
	}
	if !q.To.IsZero() {
		high = task.FirstID(q.To.Add(time.Millisecond))
	}
	switch {
	case q.Before == "":
	case q.Oldest:
		low = max(low, q.Before)
	default:
		high = min(high, q.Before)
	}
	return low, high
}

// fold is how prompts are compared: wide and narrow forms of a character are one,
// and so are upper and lower case.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
