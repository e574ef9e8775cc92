package template

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/aws/dynamo"
	"volcimage/internal/picture"
)

// stages are those of the parameter.
var stages = []string{"local", "staging", "production"}

func (f *template) number(resource, path string) int {
	f.t.Helper()
	n, ok := f.at(resource, path).(int)
	if !ok {
		f.t.Fatalf("%s.%s is %v, want a number", resource, path, f.at(resource, path))
	}
	return n
}

func TestC44Queue(t *testing.T) {
	f := read(t)
	t.Run("a message stays hidden for six times the function's time-out", func(t *testing.T) {
		if hidden, timeout := f.number("Queue", "VisibilityTimeout"), f.number("Generate", "Timeout"); hidden < 6*timeout || timeout != 120 {
			t.Errorf("visibility %d s, time-out %d s; want six times as much, and 120 s", hidden, timeout)
		}
	})
	t.Run("what is received five times is kept for two weeks beside it", func(t *testing.T) {
		if n := f.number("Queue", "RedrivePolicy.maxReceiveCount"); n < 5 {
			t.Errorf("maxReceiveCount %d, want 5 at least", n)
		}
		if got := text(f.at("Queue", "RedrivePolicy.deadLetterTargetArn")); got != "DeadLetters.Arn" {
			t.Errorf("dead letters go to %s", got)
		}
		if dead, live := f.number("DeadLetters", "MessageRetentionPeriod"), f.number("Queue", "MessageRetentionPeriod"); dead != 14*86400 || live < 4*86400 {
			t.Errorf("kept for %d s and %d s, want 14 days and 4 at least", dead, live)
		}
	})
	t.Run("a message is a batch, and a failed one comes again alone", func(t *testing.T) {
		hint := f.at("Generate", "Events.Hint.Properties").(object)
		if hint["BatchSize"] != 1 || !slices.Equal(texts(hint["FunctionResponseTypes"]), []string{"ReportBatchItemFailures"}) || text(hint["Queue"]) != "Queue.Arn" {
			t.Errorf("the event source is %v", hint)
		}
	})
	t.Run("reserved concurrency is never without a maximum, and never below it", func(t *testing.T) {
		for _, stage := range stages {
			for _, tasks := range []int{1, 2, 5, 100} {
				for _, reserve := range []string{"true", "false"} {
					w := f.with("Stage", stage, "MaxConcurrentTasks", tasks, "ReserveConcurrency", reserve)
					most, ok := w.value(f.at("Generate", "Events.Hint.Properties.ScalingConfig.MaximumConcurrency")).(int)
					if !ok || most < 2 || most > 1000 {
						t.Errorf("%s, %d tasks: maximum concurrency %v", stage, tasks, most)
					}
					kept := w.value(f.at("Generate", "ReservedConcurrentExecutions"))
					switch n, reserved := kept.(int); {
					case reserved != (reserve == "true" && stage != "local"):
						t.Errorf("%s, reserve %s: %v is reserved", stage, reserve, kept)
					case reserved && (n < most || n < tasks):
						t.Errorf("%s, %d tasks: %d reserved, maximum %d", stage, tasks, n, most)
					}
				}
			}
		}
	})
	t.Run("an emulator is given a literal: it takes a parameter for text", func(t *testing.T) {
		branches := walk(f.at("Generate", "Events.Hint.Properties.ScalingConfig.MaximumConcurrency"), "Fn::If").([]any)
		if _, literal := branches[1].(int); branches[0] != "Local" || !literal {
			t.Errorf("got %v", branches)
		}
	})
}

func TestC44Times(t *testing.T) {
	f := read(t)
	t.Run("the api ends before the gateway does, and the gateway before 30 s", func(t *testing.T) {
		if api, gateway := f.number("Api", "Timeout"), f.number("HttpIntegration", "TimeoutInMillis"); api*1000 >= gateway || gateway >= 30_000 || api < 26 {
			t.Errorf("api %d s, gateway %d ms", api, gateway)
		}
	})
	t.Run("the janitor comes each minute, once, and ends before the next", func(t *testing.T) {
		p := f.at("Janitor", "Events.Minute.Properties").(object)
		if p["Schedule"] != "rate(1 minute)" || walk(p, "RetryPolicy.MaximumRetryAttempts") != 0 || f.number("Janitor", "EventInvokeConfig.MaximumRetryAttempts") != 0 {
			t.Errorf("schedule %v, invocations %v", p, f.at("Janitor", "EventInvokeConfig"))
		}
		if n := f.number("Janitor", "Timeout"); n >= 60 {
			t.Errorf("time-out %d s, want less than a minute", n)
		}
	})
}

// TestC28PicturesFitTheFunctionsMemory goes with the test in internal/picture, which
// measures a process of this size and limit at the cap of pixels.
func TestC28PicturesFitTheFunctionsMemory(t *testing.T) {
	f := read(t)
	size, limit := f.number("Generate", "MemorySize"), f.at("Generate", "Environment.Variables.GOMEMLIMIT")
	if size != 1024 || limit != "800MiB" || picture.DefaultMaxMemory > 512<<20 {
		t.Errorf("Generate has %d MiB and the limit %v, pictures may take %d", size, limit, picture.DefaultMaxMemory>>20)
	}
	if n := f.number("Generate", "Events.Hint.Properties.BatchSize"); n != 1 {
		t.Errorf("%d jobs in one call, each with its picture in memory", n)
	}
}

func TestTable(t *testing.T) {
	f := read(t)
	want := dynamo.Table("x")
	t.Run("keys and indexes are those of internal/aws/dynamo", func(t *testing.T) {
		keys := func(list any) (all []string) {
			for _, k := range list.([]any) {
				all = append(all, text(k.(object)["AttributeName"])+" "+text(k.(object)["KeyType"]))
			}
			return all
		}
		got, wanted := map[string][]string{"": keys(f.at("Table", "KeySchema"))}, map[string][]string{}
		for _, k := range want.KeySchema {
			wanted[""] = append(wanted[""], *k.AttributeName+" "+string(k.KeyType))
		}
		for _, i := range f.at("Table", "LocalSecondaryIndexes").([]any) {
			i := i.(object)
			got[text(i["IndexName"])] = append(keys(i["KeySchema"]), text(walk(i, "Projection.ProjectionType")))
		}
		for _, i := range want.LocalSecondaryIndexes {
			for _, k := range i.KeySchema {
				wanted[*i.IndexName] = append(wanted[*i.IndexName], *k.AttributeName+" "+string(k.KeyType))
			}
			wanted[*i.IndexName] = append(wanted[*i.IndexName], string(i.Projection.ProjectionType))
		}
		if diff := cmp.Diff(wanted, got); diff != "" || f.at("Table", "GlobalSecondaryIndexes") != nil {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
	})
	t.Run("so are the attributes, how it is billed and what expires", func(t *testing.T) {
		got, wanted := map[string]string{}, map[string]string{}
		for _, a := range f.at("Table", "AttributeDefinitions").([]any) {
			got[text(a.(object)["AttributeName"])] = text(a.(object)["AttributeType"])
		}
		for _, a := range want.AttributeDefinitions {
			wanted[*a.AttributeName] = string(a.AttributeType)
		}
		if diff := cmp.Diff(wanted, got); diff != "" || f.at("Table", "BillingMode") != string(want.BillingMode) {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		if ttl := f.at("Table", "TimeToLiveSpecification").(object); ttl["AttributeName"] != dynamo.TTLAttribute || ttl["Enabled"] != true {
			t.Errorf("time to live: %v", ttl)
		}
	})
	t.Run("it can be taken back to any second, and production's cannot be deleted by mistake", func(t *testing.T) {
		if f.at("Table", "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled") != true {
			t.Error("no point-in-time recovery")
		}
		for _, stage := range stages {
			if got := f.with("Stage", stage).value(f.at("Table", "DeletionProtectionEnabled")); got != (stage == "production") {
				t.Errorf("%s: deletion protection %v", stage, got)
			}
		}
		for _, name := range []string{"Table", "Pictures"} {
			if r := f.resource(name); r["DeletionPolicy"] != "Retain" || r["UpdateReplacePolicy"] != "Retain" {
				t.Errorf("%s does not outlive the stack", name)
			}
		}
	})
}
