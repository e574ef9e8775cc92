package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// maxBatch is how many rows one request reads at most.
const maxBatch = 100

// Tasks reads those that are there, in the order asked, also those marked deleted.
func (s *Store) Tasks(ctx context.Context, owner task.Owner, ids []task.ID) ([]task.Task, error) {
	byID := make(map[task.ID]task.Task, len(ids))
	different := slices.Compact(slices.Sorted(slices.Values(ids))) // a batch may not name a row twice
	for batch := range slices.Chunk(different, maxBatch) {
		if _, err := s.readBatch(ctx, owner, batch, byID); err != nil {
			return nil, fmt.Errorf("read %d tasks: %w", len(ids), err)
		}
	}
	tasks := make([]task.Task, 0, len(byID))
	for _, id := range ids {
		if t, ok := byID[id]; ok {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// readBatch reads the tasks of ids into byID, and tells what units that took.
// DynamoDB may answer a part only.
func (s *Store) readBatch(ctx context.Context, owner task.Owner, ids []task.ID, byID map[task.ID]task.Task) (cost int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	wanted := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, id := range ids {
		wanted.Keys = append(wanted.Keys, taskKey(owner, id).attributes())
	}
	left := map[string]types.KeysAndAttributes{s.table: wanted}
	for try := range tries {
		out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: left, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
		if err != nil {
			return 0, classed(err)
		}
		for _, c := range out.ConsumedCapacity {
			cost += units(&c)
		}
		var items []taskItem
		if err := attributevalue.UnmarshalListOfMaps(out.Responses[s.table], &items); err != nil {
			return 0, err
		}
		for _, i := range items {
			t := i.task()
			byID[t.ID] = t
		}
		if left = out.UnprocessedKeys; len(left) == 0 {
			return cost, nil
		}
		if err := pause(ctx, try); err != nil {
			return 0, err
		}
	}
	return 0, unavailable(fmt.Errorf("%d rows not read after %d tries", len(left[s.table].Keys), tries))
}
