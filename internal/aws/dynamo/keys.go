package dynamo

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"volcimage/internal/task"
)

// key is the primary key of an item.
type key struct {
	PK string `dynamodbav:"PK"`
	SK string `dynamodbav:"SK"`
}

func (k key) attributes() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		attrPK: &types.AttributeValueMemberS{Value: k.PK},
		attrSK: &types.AttributeValueMemberS{Value: k.SK},
	}
}

const (
	ownerPrefix = "O#"
	taskPrefix  = "T#"
	// loosePrefix begins the active attribute of a task that searches look at
	// whatever the index says.
	loosePrefix = "U#"
	// usagePartition holds one row an owner.
	usagePartition = "USAGE"
	// apiKeyPartition holds one row an API key.
	apiKeyPartition = "KEYS"
	apiKeyPrefix    = "K#" // a sort key cannot be empty
	// single is the sort key of rows that are alone in their partition.
	single = "-"
	// jobShards is over how many partitions the jobs are spread. One takes 1,000
	// write units a second, and a job about 30 in its life.
	jobShards = 4
	// lastID is behind every id.
	lastID = "~"
)

func ownerPartition(o task.Owner) string { return ownerPrefix + string(o) }

func taskKey(o task.Owner, id task.ID) key {
	return key{ownerPartition(o), taskPrefix + string(id)}
}

// taskID is the task that a sort key of an owner's partition names.
func taskID(sk string) task.ID { return task.ID(strings.TrimPrefix(sk, taskPrefix)) }

func jobPartition(shard int) string { return "J#" + strconv.Itoa(shard) }

// shardOf spreads tasks over the partitions. The jobs of one are together.
func shardOf(id task.ID) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never fails
	return int(h.Sum32() % jobShards)
}

// jobsPrefix is what the sort keys of a task's jobs begin with.
func jobsPrefix(o task.Owner, id task.ID) string {
	return join(string(o), string(id)) + separator
}

func jobKey(r task.Ref) key {
	return key{jobPartition(shardOf(r.Task)), jobsPrefix(r.Owner, r.Task) + ordinal(r.N)}
}

// ordinal writes job numbers so that they sort.
func ordinal(n int) string { return fmt.Sprintf("%06d", n) }

// parseJobKey is the job that a sort key of a job's item names.
func parseJobKey(sk string) (task.Ref, error) {
	p, err := split(sk, 3)
	if err != nil {
		return task.Ref{}, err
	}
	n, err := strconv.Atoi(p[2])
	if err != nil {
		return task.Ref{}, fmt.Errorf("key %q: %w", sk, err)
	}
	return task.Ref{Owner: task.Owner(p[0]), Task: task.ID(p[1]), N: n}, nil
}

// waitingKey orders the waiting jobs by owner, model and age.
func waitingKey(h task.Head) string {
	return join(string(h.Owner), h.Model, fmt.Sprintf("%019d", nanos(h.CreatedAt)), string(h.Task), ordinal(h.N))
}

func parseWaitingKey(s string) (task.Head, error) {
	p, err := split(s, 5)
	if err != nil {
		return task.Head{}, err
	}
	created, err := strconv.ParseInt(p[2], 10, 64)
	if err != nil {
		return task.Head{}, fmt.Errorf("key %q: %w", s, err)
	}
	n, err := strconv.Atoi(p[4])
	if err != nil {
		return task.Head{}, fmt.Errorf("key %q: %w", s, err)
	}
	return task.Head{
		Ref:   task.Ref{Owner: task.Owner(p[0]), Task: task.ID(p[3]), N: n},
		Model: p[1], CreatedAt: moment(created),
	}, nil
}

// behindPair is before the waiting jobs of the pairs that follow this owner and
// model, and behind all of its own.
func behindPair(h task.Head) string {
	return join(string(h.Owner), h.Model) + string(separator[0]+1)
}

// idempotencyKey hashes what the caller chose, which may be long or not text.
func idempotencyKey(o task.Owner, k string) key {
	sum := sha256.Sum256([]byte(k))
	return key{join("I", string(o), base64.RawURLEncoding.EncodeToString(sum[:])), single}
}

// recordPartition holds an owner's records of one kind.
func recordPartition(o task.Owner, kind string) string { return join("R", string(o), kind) }

func recordKey(o task.Owner, kind, id string) key {
	return key{recordPartition(o, kind), recordPrefix + id}
}

// recordPrefix makes a sort key of any id: an empty one is refused.
const recordPrefix = "R#"

// wordPartition holds the tasks of an owner that have a term, in order of their ids.
func wordPartition(o task.Owner, term string) string { return join("W", string(o), term) }

func wordKey(o task.Owner, term string, id task.ID) key {
	return key{wordPartition(o, term), string(id)}
}

// tallyPartition holds how many tasks of an owner have each mark.
func tallyPartition(o task.Owner) string { return join("C", string(o)) }

func tallyKey(o task.Owner, mark string) key { return key{tallyPartition(o), mark} }

// stepPartition holds the steps that are due and no job's, spread as the jobs are:
// tasks that are to be indexed, exports and imports that go on.
func stepPartition(shard int) string { return "X#" + strconv.Itoa(shard) }

func dueKey(r task.Ref) key {
	return key{stepPartition(shardOf(r.Task)), jobsPrefix(r.Owner, r.Task) + ordinal(r.N)}
}

func indexDueKey(o task.Owner, id task.ID) key {
	return dueKey(task.Ref{Owner: o, Task: id, N: task.IndexStep})
}

func spendKey(day string) key   { return key{join("SPEND", day), single} }
func usageKey(o task.Owner) key { return key{usagePartition, string(o)} }
func slotsKey() key             { return key{"SLOTS", single} }
func apiKeyKey(id string) key   { return key{apiKeyPartition, apiKeyPrefix + id} }
func bucketKey(name string) key { return key{join("B", name), single} }

// nanos is a time as rows and keys hold it; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the time of a number of nanoseconds since 1970, the zero time for 0.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// separator parts the fields of a key; in a field it is escaped, so that no two
// lists of fields join to the same key.
const separator = "#"

func join(fields ...string) string {
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(strings.ReplaceAll(f, "%", "%25"), separator, "%23")
	}
	return strings.Join(fields, separator)
}

func split(s string, n int) ([]string, error) {
	fields := strings.Split(s, separator)
	if len(fields) != n {
		return nil, fmt.Errorf("key %q has %d fields, want %d", s, len(fields), n)
	}
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(strings.ReplaceAll(f, "%23", separator), "%25", "%")
	}
	return fields, nil
}
