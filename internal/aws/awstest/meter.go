package awstest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Meter counts what goes to AWS, and refuses a Scan: every access is by key. Its
// zero value is ready, and any number of clients may share one.
type Meter struct {
	mu   sync.Mutex
	cost Cost
}

// Cost is a number of requests by operation ("DynamoDB.GetItem") and what they
// took of a table, in request units. Of a transaction the rows are counted and what
// it writes to indexes is not: the stand-ins disagree about both, so it is reckoned
// from the request by DynamoDB's own rule.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
type Cost struct {
	Requests    map[string]int
	Read, Write float64
	// Rows is how many bytes the largest row has that was put whole, by the beginning
	// of its partition key ("O#", "SLOTS").
	Rows map[string]int
}

// Attach puts the meter into a client's configuration, with all its retries
// counted as one.
func (m *Meter) Attach(c *aws.Config) {
	c.APIOptions = append(slices.Clone(c.APIOptions), func(stack *middleware.Stack) error {
		// Behind the SDK's own first steps, which say what is called.
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Meter", m.measure), middleware.After)
	})
}

// Since is what was used since the meter was last asked.
func (m *Meter) Since() Cost {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.cost
	m.cost = Cost{}
	return c
}

func (m *Meter) measure(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	name := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	if strings.HasSuffix(name, ".Scan") {
		return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("%s: every access must be by key", name)
	}
	askForUnits(in.Parameters)
	out, metadata, err := next.HandleInitialize(ctx, in)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cost.Requests == nil {
		m.cost.Requests = map[string]int{}
	}
	m.cost.Requests[name]++
	if err == nil {
		m.cost.put(in.Parameters)
		read, write := units(out.Result)
		m.cost.Read += read
		m.cost.Write += write + transacted(in.Parameters)
	}
	return out, metadata, err
}

func askForUnits(in any) {
	const total = types.ReturnConsumedCapacityTotal
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.BatchGetItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.BatchWriteItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.QueryInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.PutItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.UpdateItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.DeleteItemInput:
		in.ReturnConsumedCapacity = total
	}
}

func units(out any) (read, write float64) {
	sum := func(all ...types.ConsumedCapacity) (n float64) {
		for _, c := range all {
			n += aws.ToFloat64(c.CapacityUnits)
		}
		return n
	}
	one := func(c *types.ConsumedCapacity) float64 {
		if c == nil {
			return 0
		}
		return sum(*c)
	}
	switch out := out.(type) {
	case *dynamodb.GetItemOutput:
		return one(out.ConsumedCapacity), 0
	case *dynamodb.BatchGetItemOutput:
		return sum(out.ConsumedCapacity...), 0
	case *dynamodb.BatchWriteItemOutput:
		return 0, sum(out.ConsumedCapacity...)
	case *dynamodb.QueryOutput:
		return max(1, one(out.ConsumedCapacity)), 0 // also where nothing is found, which DynamoDB Local leaves out
	case *dynamodb.PutItemOutput:
		return 0, one(out.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return 0, one(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return 0, one(out.ConsumedCapacity)
	}
	return 0, 0
}

// transacted is what the rows of a transaction take: two units for each kilobyte
// begun. Of rows that are updated or deleted, the request does not tell the size;
// ours are below one.
func transacted(in any) (n float64) {
	t, ok := in.(*dynamodb.TransactWriteItemsInput)
	if !ok {
		return 0
	}
	for _, i := range t.TransactItems {
		kilobytes := 1
		if i.Put != nil {
			kilobytes = (size(i.Put.Item) + 1023) / 1024
		}
		n += 2 * float64(kilobytes)
	}
	return n
}

// put notes the sizes of rows that are put whole.
func (c *Cost) put(in any) {
	var rows []map[string]types.AttributeValue
	switch in := in.(type) {
	case *dynamodb.PutItemInput:
		rows = append(rows, in.Item)
	case *dynamodb.BatchWriteItemInput:
		for _, requests := range in.RequestItems {
			for _, r := range requests {
				if r.PutRequest != nil {
					rows = append(rows, r.PutRequest.Item)
				}
			}
		}
	case *dynamodb.TransactWriteItemsInput:
		for _, i := range in.TransactItems {
			if i.Put != nil {
				rows = append(rows, i.Put.Item)
			}
		}
	}
	for _, row := range rows {
		pk, ok := row["PK"].(*types.AttributeValueMemberS)
		if !ok {
			continue
		}
		if c.Rows == nil {
			c.Rows = map[string]int{}
		}
		kind := pk.Value[:strings.IndexByte(pk.Value, '#')+1]
		if kind == "" {
			kind = pk.Value
		}
		c.Rows[kind] = max(c.Rows[kind], size(row))
	}
}

// size is how many bytes an item has for DynamoDB.
func size(item map[string]types.AttributeValue) (n int) {
	for name, v := range item {
		n += len(name) + valueSize(v)
	}
	return n
}

func valueSize(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 2 // about a byte for two digits, and one
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + size(v.Value)
	case *types.AttributeValueMemberL:
		n := 3 + len(v.Value)
		for _, e := range v.Value {
			n += valueSize(e)
		}
		return n
	}
	return 1 // true, false, null
}

// Add sums up two costs.
func (c Cost) Add(d Cost) Cost {
	sum := Cost{Requests: map[string]int{}, Read: c.Read + d.Read, Write: c.Write + d.Write}
	for _, r := range []map[string]int{c.Requests, d.Requests} {
		for name, n := range r {
			sum.Requests[name] += n
		}
	}
	return sum
}

// String is like "4.5 read and 6 write units; 2 DynamoDB.GetItem, 1 SQS.SendMessage".
func (c Cost) String() string {
	var requests []string
	for _, name := range slices.Sorted(maps.Keys(c.Requests)) {
		requests = append(requests, fmt.Sprintf("%d %s", c.Requests[name], name))
	}
	return fmt.Sprintf("%g read and %g write units; %s", c.Read, c.Write, strings.Join(requests, ", "))
}
