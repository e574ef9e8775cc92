package dynamo_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/conformance"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	conformance.Store(t, func(t *testing.T) conformance.StoreUnderTest { return open(t, &awstest.Meter{}) })
}

func TestKeysKeepTheirPromises(t *testing.T) {
	conformance.Keys(t, func(t *testing.T) conformance.KeysUnderTest { return open(t, &awstest.Meter{}) })
}

func TestBucketsKeepTheirPromises(t *testing.T) {
	conformance.Buckets(t, func(t *testing.T) conformance.BucketsUnderTest { return open(t, &awstest.Meter{}) })
}

// open makes a table of its own for the test.
func open(t *testing.T, m *awstest.Meter) *dynamo.Store {
	t.Helper()
	c := awstest.Config(t, "DYNAMODB")
	m.Attach(&c)
	client := dynamodb.NewFromConfig(c)
	table := "t-" + strings.ToLower(rand.Text())
	if _, err := client.CreateTable(t.Context(), dynamo.Table(table)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	m.Since()
	return dynamo.New(client, table)
}
