package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The attributes that keys, indexes and conditions name. All others are the
// business of their item.
const (
	attrPK        = "PK"
	attrSK        = "SK"
	attrActive    = "active"
	attrNextAt    = "next_at"
	attrWaiting   = "waiting"
	attrVersion   = "version"
	attrCreatedAt = "created_at"
	attrBytes     = "bytes"
	attrImages    = "images"
	attrWriter    = "writer"
	attrCount     = "n"
	attrLabel     = "label"
	attrRevokedAt = "revoked_at"
	attrAt        = "at"
)

// TTLAttribute is when DynamoDB may remove a row, in seconds since 1970. It does
// so days late, so reads never rely on it.
const TTLAttribute = "expires"

// The indexes. They are local ones, so that they can be read consistently.
const (
	indexActive  = "active"
	indexDue     = "due"
	indexWaiting = "waiting"
)

// Table is the definition of the table, as the deployment must make it. Time to
// live on [TTLAttribute] is turned on apart from it.
func Table(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keySchema(attrSK),
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(attrPK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrSK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrActive), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrNextAt), AttributeType: types.ScalarAttributeTypeN},
			{AttributeName: aws.String(attrWaiting), AttributeType: types.ScalarAttributeTypeS},
		},
		LocalSecondaryIndexes: []types.LocalSecondaryIndex{
			index(indexActive, attrActive), index(indexDue, attrNextAt), index(indexWaiting, attrWaiting),
		},
	}
}

func keySchema(sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(attrPK), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
	}
}

func index(name, sort string) types.LocalSecondaryIndex {
	return types.LocalSecondaryIndex{
		IndexName:  aws.String(name),
		KeySchema:  keySchema(sort),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
	}
}
