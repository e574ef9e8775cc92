package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// write is one row of a change.
type write struct {
	types.TransactWriteItem
	// refused is what it means that the condition does not hold.
	refused error
}

// writes is a change being put together. The first error stays.
type writes struct {
	table string
	all   []write
	err   error
}

// put writes a row anew as a whole, which also takes it out of the indexes it no
// longer belongs to.
func (w *writes) put(item any, cond expression.ConditionBuilder, refused error) {
	values, err := attributevalue.MarshalMap(item)
	e := w.built(expression.NewBuilder().WithCondition(cond), err)
	w.add(refused, types.TransactWriteItem{Put: &types.Put{
		TableName: &w.table, Item: values, ConditionExpression: e.Condition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
	}})
}

func (w *writes) remove(k key, cond expression.ConditionBuilder, refused error) {
	e := w.built(expression.NewBuilder().WithCondition(cond), nil)
	w.add(refused, types.TransactWriteItem{Delete: &types.Delete{
		TableName: &w.table, Key: k.attributes(), ConditionExpression: e.Condition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
	}})
}

// overwrite writes a row whatever was there.
func (w *writes) overwrite(item any) {
	values, err := attributevalue.MarshalMap(item)
	w.err = errors.Join(w.err, err)
	w.add(task.ErrConflict, types.TransactWriteItem{Put: &types.Put{TableName: &w.table, Item: values}})
}

// drop removes a row whether or not it is there.
func (w *writes) drop(k key) {
	w.add(task.ErrConflict, types.TransactWriteItem{Delete: &types.Delete{TableName: &w.table, Key: k.attributes()}})
}

// update changes attributes of a row that may not be there yet. Its condition is in b.
func (w *writes) update(k key, b expression.Builder, refused error) {
	e := w.built(b, nil)
	w.add(refused, types.TransactWriteItem{Update: &types.Update{
		TableName: &w.table, Key: k.attributes(), UpdateExpression: e.Update(), ConditionExpression: e.Condition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
	}})
}

func (w *writes) built(b expression.Builder, err error) expression.Expression {
	e, berr := b.Build()
	w.err = errors.Join(w.err, err, berr)
	return e
}

func (w *writes) add(refused error, i types.TransactWriteItem) {
	w.all = append(w.all, write{i, refused})
}

// unchanged is the condition that a row still has the version it was read with.
func unchanged(version int64) expression.ConditionBuilder {
	return expression.Name(attrVersion).Equal(expression.Value(version))
}

// absent is the condition that there is no such row.
func absent() expression.ConditionBuilder {
	return expression.Name(attrPK).AttributeNotExists()
}

// carryOut writes all rows or none, with the least that does: a single row needs
// no transaction, which would cost twice the units.
func (s *Store) carryOut(ctx context.Context, w writes) error {
	switch {
	case w.err != nil || len(w.all) == 0:
		return w.err
	case len(w.all) == 1 && w.all[0].Put != nil:
		return s.again(ctx, func() error { return s.putAlone(ctx, w.all[0]) })
	}
	items := make([]types.TransactWriteItem, len(w.all))
	for i, one := range w.all {
		items[i] = one.TransactWriteItem
	}
	return s.again(ctx, func() error {
		// The SDK gives each call a token, so its own retries are carried out once.
		_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
		return w.judge(err)
	})
}

// errBusy says that another write of a row was under way; nothing was written.
var errBusy = errors.New("the row is being written")

// again does what f does until it has met nobody on its way, or for the last
// time. Those who then still find a row busy have lost it to another.
func (s *Store) again(ctx context.Context, f func() error) error {
	for try := range tries {
		if err := f(); !errors.Is(err, errBusy) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", task.ErrConflict, errBusy)
}

// putAlone writes one row. Unlike a transaction a put has no token: where the
// answer to it is lost, the SDK's own retry finds the version changed, by the put
// itself. So the row names its writer, and a refusal that shows ours is none.
func (s *Store) putAlone(ctx context.Context, w write) error {
	writer := &types.AttributeValueMemberS{Value: rand.Text()}
	w.Put.Item[attrWriter] = writer
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: w.Put.TableName, Item: w.Put.Item, ConditionExpression: w.Put.ConditionExpression,
		ExpressionAttributeNames: w.Put.ExpressionAttributeNames, ExpressionAttributeValues: w.Put.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	var busy *types.TransactionConflictException
	switch {
	case errors.As(err, &refused):
		if there, ok := refused.Item[attrWriter].(*types.AttributeValueMemberS); ok && there.Value == writer.Value {
			return nil
		}
		return w.refused
	case errors.As(err, &busy):
		return errBusy
	}
	return classed(err)
}

// The codes of a cancelled transaction's reasons, one a row; the innocent have "None".
const (
	reasonCondition = "ConditionalCheckFailed"
	reasonConflict  = "TransactionConflict"
)

// throttled are the reasons that pass with time.
var throttled = map[string]bool{
	"ThrottlingError": true, "ProvisionedThroughputExceeded": true, "RequestLimitExceeded": true,
}

// judge tells what a transaction's answer means. Of several reasons the first row's
// condition counts, then that rows were busy, then that the table was.
func (w *writes) judge(err error) error {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return classed(err)
	}
	verdict := err
	for i, r := range cancelled.CancellationReasons {
		code := ""
		if r.Code != nil {
			code = *r.Code
		}
		switch {
		case code == reasonCondition && i < len(w.all):
			return w.all[i].refused
		case code == reasonConflict:
			verdict = errBusy
		case throttled[code] && !errors.Is(verdict, errBusy):
			verdict = unavailable(err)
		}
	}
	return verdict
}
