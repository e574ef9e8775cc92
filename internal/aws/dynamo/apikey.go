package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// maxKeys bounds what Keys lists.
const maxKeys = 1000

// apiKeyItem is the row of an API key. Its sort key names the id.
type apiKeyItem struct {
	key
	Owner     string `dynamodbav:"owner"`
	Hash      []byte `dynamodbav:"hash"`
	CreatedAt int64  `dynamodbav:"created_at"`
	RevokedAt int64  `dynamodbav:"revoked_at,omitempty"`
}

func newAPIKeyItem(k task.APIKey) apiKeyItem {
	return apiKeyItem{
		key: apiKeyKey(k.ID), Owner: string(k.Owner), Hash: k.Hash[:],
		CreatedAt: nanos(k.CreatedAt), RevokedAt: nanos(k.RevokedAt),
	}
}

func (i apiKeyItem) apiKey() (task.APIKey, error) {
	k := task.APIKey{
		ID: strings.TrimPrefix(i.SK, apiKeyPrefix), Owner: task.Owner(i.Owner),
		CreatedAt: moment(i.CreatedAt), RevokedAt: moment(i.RevokedAt),
	}
	if copy(k.Hash[:], i.Hash) != len(k.Hash) || len(i.Hash) != len(k.Hash) {
		return task.APIKey{}, fmt.Errorf("key %s: a hash of %d bytes", k.ID, len(i.Hash))
	}
	return k, nil
}

// AddKey keeps a new API key. It answers [task.ErrConflict] where there is one of
// that id.
func (s *Store) AddKey(ctx context.Context, k task.APIKey) error {
	w := writes{table: s.table}
	w.put(newAPIKeyItem(k), absent(), task.ErrConflict)
	if err := s.carryOut(ctx, w); err != nil {
		return fmt.Errorf("add key %s: %w", k.ID, err)
	}
	return nil
}

// Key reads one API key, also a revoked one.
func (s *Store) Key(ctx context.Context, id string) (task.APIKey, error) {
	var i apiKeyItem
	err := s.get(ctx, apiKeyKey(id), &i)
	if err == nil {
		var k task.APIKey
		if k, err = i.apiKey(); err == nil {
			return k, nil
		}
	}
	return task.APIKey{}, fmt.Errorf("read key: %w", err)
}

// Keys lists the API keys, also the revoked ones, oldest first and at most 1,000.
func (s *Store) Keys(ctx context.Context) ([]task.APIKey, error) {
	var keys []task.APIKey
	err := s.query(ctx, "", expression.Key(attrPK).Equal(expression.Value(apiKeyPartition)), maxKeys,
		func(item map[string]types.AttributeValue) error {
			var i apiKeyItem
			if err := attributevalue.UnmarshalMap(item, &i); err != nil {
				return err
			}
			k, err := i.apiKey()
			keys = append(keys, k)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	slices.SortStableFunc(keys, func(a, b task.APIKey) int { return a.CreatedAt.Compare(b.CreatedAt) }) // they come by id
	return keys, nil
}

// RevokeKey ends an API key at a time, once and for all: one that is revoked stays
// as it is. It answers [task.ErrNotFound] where there is none of that id.
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time) error {
	revoked := expression.Name(attrRevokedAt)
	e, err := expression.NewBuilder().WithCondition(expression.Name(attrPK).AttributeExists()).
		WithUpdate(expression.Set(revoked, expression.IfNotExists(revoked, expression.Value(nanos(at))))).Build()
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: apiKeyKey(id).attributes(),
		UpdateExpression: e.Update(), ConditionExpression: e.Condition(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(),
	})
	if refused := new(types.ConditionalCheckFailedException); errors.As(err, &refused) {
		err = task.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", id, classed(err))
	}
	return nil
}
