package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

const (
	// unitsPerList ends a page, which may be short or empty then.
	unitsPerList = 20
	// rowsPerQuery is how many rows a request looks at where most may not be wanted.
	rowsPerQuery = 60
	// A request of 64 keys of the index takes one unit, and a row takes one. So a
	// term is worth reading beside another that 32 times as many tasks have.
	keysAtFirst, keysAtMost, keysPerRow = 64, 256, 32
)

// List answers a page of one owner's tasks, never those marked deleted or in the bin.
func (s *Store) List(ctx context.Context, q task.Query) (task.Page, error) {
	u, err := search.Understand(q)
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	var page task.Page
	if len(u.Narrow()) > 0 {
		page, err = search.Find(ctx, words{s, q.Owner}, u, search.Effort{
			Budget: unitsPerList, First: keysAtFirst, Most: keysAtMost, Row: 1, Ratio: keysPerRow,
		})
	} else {
		page, err = s.look(ctx, u)
	}
	if err != nil {
		return task.Page{}, fmt.Errorf("list tasks: %w", err)
	}
	return page, nil
}

// look walks through the tasks themselves until the page is full, or its units are
// spent: then the page is short and says where to go on.
func (s *Store) look(ctx context.Context, u *search.Query) (task.Page, error) {
	r := u.Range()
	if r.Empty() {
		return u.Page(nil, ""), nil
	}
	in, err := s.rangeOf(ownerPartition(u.Owner), attrSK, taskPrefix, r)
	if err != nil {
		return task.Page{}, err
	}
	in.Limit = aws.Int32(int32(u.Size()) + 2) // the place's row, and one to see that there is more
	var found []task.Task
	for spent, rows := 0, 0; ; {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return task.Page{}, classed(err)
		}
		spent, rows = spent+units(out.ConsumedCapacity), rows+len(out.Items)
		var items []taskItem
		if err := attributevalue.UnmarshalListOfMaps(out.Items, &items); err != nil {
			return task.Page{}, err
		}
		for _, i := range items {
			found = u.Pick(found, i.task())
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
		switch {
		case len(found) > u.Size() || in.ExclusiveStartKey == nil:
			return u.Page(found, ""), nil
		case affordable(spent, rows) == 0:
			var last key
			err := attributevalue.UnmarshalMap(out.LastEvaluatedKey, &last)
			return u.Page(found, taskID(last.SK)), err
		}
		in.Limit = aws.Int32(int32(affordable(spent, rows)))
	}
}

// affordable is how many rows more a page may look at, which are as large as those
// that it has looked at for so many units.
func affordable(spent, rows int) int {
	return min(rowsPerQuery, (unitsPerList-spent)*rows/spent)
}
