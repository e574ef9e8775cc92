package template

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dimensions are by which AWS counts, in the namespaces that alarms look at.
var dimensions = map[string]string{"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName", "AWS/ApiGateway": "ApiId", "volcimage": "Stack"}

func TestAlarmsLookAtWhatIsThere(t *testing.T) {
	f := read(t)
	for name := range f.resources("AWS::CloudWatch::Alarm") {
		of := f.at(name, "Dimensions").([]any)[0].(object)
		whose, _, _ := strings.Cut(text(of["Value"]), ".")
		if want := dimensions[text(f.at(name, "Namespace"))]; of["Name"] != want {
			t.Errorf("%s counts by %v, want %s", name, of["Name"], want)
		}
		if whose != "AWS::StackName" && f.resource(whose) == nil {
			t.Errorf("%s looks at %s", name, whose)
		}
	}
}

func TestDashboard(t *testing.T) {
	f := read(t)
	body := text(f.at("Dashboard", "DashboardBody"))
	for _, m := range regexp.MustCompile(`\$\{(\w+)(\.\w+)?\}`).FindAllStringSubmatch(body, -1) {
		if f.resource(m[1]) == nil {
			t.Errorf("it looks at %s", m[1])
		}
	}
	var shown struct {
		Widgets []struct {
			Properties struct {
				Title   string
				Metrics [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &shown); err != nil {
		t.Fatalf("its body is no JSON: %v", err)
	}
	for _, w := range shown.Widgets {
		var ids, formulas []string
		for _, m := range w.Properties.Metrics {
			options, _ := m[len(m)-1].(map[string]any)
			if id, ok := options["id"].(string); ok {
				ids = append(ids, id)
			}
			if e, ok := options["expression"].(string); ok {
				formulas = append(formulas, e)
			}
		}
		for _, e := range formulas {
			for _, id := range regexp.MustCompile(`\b[a-z]+\b`).FindAllString(e, -1) {
				if !slices.Contains(ids, id) {
					t.Errorf("%s: %q is of %s, which is no metric there", w.Properties.Title, e, id)
				}
			}
		}
	}
	t.Run("its estimate knows how large the functions are", func(t *testing.T) {
		for id, function := range map[string]string{"da": "Api", "dg": "Generate", "dj": "Janitor"} {
			gigabytes := strconv.FormatFloat(float64(f.number(function, "MemorySize"))/1024, 'g', -1, 64)
			want := fmt.Sprintf("%s * FILL(%s, 0)", gigabytes, id)
			if gigabytes == "1" {
				want = fmt.Sprintf(" + FILL(%s, 0)", id)
			}
			if !strings.Contains(body, want) {
				t.Errorf("%s has %s GB, want %q in its formula", function, gigabytes, want)
			}
		}
	})
}
