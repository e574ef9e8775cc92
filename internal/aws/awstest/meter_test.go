package awstest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type answers func(*http.Request) string

func (a answers) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a(r))), Request: r}, nil
}

func metered(m *Meter, a answers) *dynamodb.Client {
	c := aws.Config{Region: "us-east-1", HTTPClient: a, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
	m.Attach(&c)
	return dynamodb.NewFromConfig(c)
}

func TestMeterRefusesAScan(t *testing.T) {
	sent := 0
	var m Meter
	client := metered(&m, func(*http.Request) string { sent++; return `{}` })
	if _, err := client.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("t")}); err == nil || sent != 0 {
		t.Errorf("Scan: %v, sent %d times, want an error and nothing sent", err, sent)
	}
}

func TestMeterCounts(t *testing.T) {
	asked := ""
	var m Meter
	client := metered(&m, func(r *http.Request) string {
		b, _ := io.ReadAll(r.Body)
		asked = string(b)
		switch target := r.Header.Get("X-Amz-Target"); {
		case strings.HasSuffix(target, "TransactWriteItems"):
			return `{}`
		case strings.HasSuffix(target, "BatchGetItem"):
			return `{"ConsumedCapacity":[{"CapacityUnits":1.5},{"CapacityUnits":2}]}`
		}
		return `{"ConsumedCapacity":{"CapacityUnits":0.5}}`
	})
	ctx, table := t.Context(), aws.String("t")
	key := map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "a"}}
	for _, call := range []func() error{
		func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key})
			return err
		},
		func() error { _, err := client.Query(ctx, &dynamodb.QueryInput{TableName: table}); return err },
		func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: key})
			return err
		},
		func() error {
			_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key})
			return err
		},
		func() error {
			_, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key})
			return err
		},
		func() error {
			_, err := client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"t": {Keys: []map[string]types.AttributeValue{key}}}})
			return err
		},
		func() error {
			large := map[string]types.AttributeValue{
				"PK": &types.AttributeValueMemberS{Value: strings.Repeat("x", 1000)},
				"n":  &types.AttributeValueMemberN{Value: "1234567890"},
				"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{
					&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"b": &types.AttributeValueMemberB{Value: []byte("12345")}}},
					&types.AttributeValueMemberBOOL{Value: true},
				}},
			}
			_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Delete: &types.Delete{TableName: table, Key: key}}, {Put: &types.Put{TableName: table, Item: large}},
			}})
			return err
		},
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(asked, "TransactItems") && !strings.Contains(asked, `"ReturnConsumedCapacity":"TOTAL"`) {
			t.Errorf("units were not asked for: %s", asked)
		}
	}
	got := m.Since()
	const want = "5 read and 7.5 write units; 1 DynamoDB.BatchGetItem, 1 DynamoDB.DeleteItem, 1 DynamoDB.GetItem, 1 DynamoDB.PutItem, 1 DynamoDB.Query, 1 DynamoDB.TransactWriteItems, 1 DynamoDB.UpdateItem"
	if got.String() != want {
		t.Errorf("counted %s, want %s", got, want)
	}
	if got.Rows["a"] != 3 || got.Rows[strings.Repeat("x", 1000)] < 1024 {
		t.Errorf("the largest rows have %v bytes", got.Rows)
	}
	if again := m.Since(); again.Read != 0 || len(again.Requests) != 0 {
		t.Errorf("counted twice: %s", again)
	}
	if sum := got.Add(got); sum.Read != 10 || sum.Requests["DynamoDB.Query"] != 2 {
		t.Errorf("twice that is %s", sum)
	}
}
