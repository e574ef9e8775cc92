package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// bucketItem is the row of a rate limit's bucket. Its partition key names it.
type bucketItem struct {
	At int64 `dynamodbav:"at"` // the moment up to which its requests are spoken for
}

// bucketKept is how long a row is kept when it has become as good as none.
const bucketKept = time.Minute

// Take counts a request that is worth interval against a bucket, unless that would
// lead it more than ahead from now, and answers where it is afterwards.
//
// Nearly always that is one conditional update: callers are seldom ahead of the
// clock. Of one who is, the refusal shows the bucket as it is, which either is the
// answer or is followed by a second update. A repetition by the SDK of an update
// whose answer was lost counts twice, to the caller's disadvantage.
func (s *Store) Take(ctx context.Context, bucket string, now time.Time, interval, ahead time.Duration) (time.Time, bool, error) {
	at, from, room := expression.Name(attrAt), nanos(now), nanos(now.Add(ahead-interval))
	begin := taking{
		expression.Set(at, expression.Value(nanos(now.Add(interval)))),
		at.AttributeNotExists().Or(at.LessThanEqual(expression.Value(from))),
	}
	goOn := taking{
		expression.Set(at, expression.Plus(at, expression.Value(int64(interval)))),
		at.Between(expression.Value(from), expression.Value(room)),
	}
	for _, t := range []taking{begin, goOn, begin} { // the last: the row was removed meanwhile
		i, ok, err := s.take(ctx, bucketKey(bucket), t, now.Add(ahead+bucketKept))
		if err != nil {
			return time.Time{}, false, fmt.Errorf("move bucket: %w", classed(err))
		}
		if ok || i.At > room {
			return moment(i.At), ok, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("move bucket: %w", unavailable(errBusy))
}

// taking is one way to count a request, and when it is the right one.
type taking struct {
	update expression.UpdateBuilder
	only   expression.ConditionBuilder
}

// take carries out one taking and answers the bucket afterwards, which is as it was
// where the taking was not the right one.
func (s *Store) take(ctx context.Context, k key, t taking, expires time.Time) (i bucketItem, ok bool, err error) {
	t.update = t.update.Set(expression.Name(TTLAttribute), expression.Value(expires.Unix()))
	e, err := expression.NewBuilder().WithUpdate(t.update).WithCondition(t.only).Build()
	if err != nil {
		return i, false, err
	}
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: k.attributes(),
		UpdateExpression: e.Update(), ConditionExpression: e.Condition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
		ReturnValues:                        types.ReturnValueUpdatedNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if refused := new(types.ConditionalCheckFailedException); errors.As(err, &refused) {
		return i, false, attributevalue.UnmarshalMap(refused.Item, &i)
	}
	if err != nil {
		return i, false, err
	}
	return i, true, attributevalue.UnmarshalMap(out.Attributes, &i)
}
