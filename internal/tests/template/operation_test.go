package template

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func source(t *testing.T) string { return file(t, "template.yaml") }

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAlarms(t *testing.T) {
	f := read(t)
	want := []string{
		"ApiFailing", "ApiThrottled", "DeadLettersWaiting", "GenerateCrashing", "GenerateFailing", "GenerateThrottled", "JanitorFailing", "JanitorSilent",
		"OrphansRemoved", "PicturesGone", "SpendHigh", "WorkOverdue",
	}
	alarms := f.resources("AWS::CloudWatch::Alarm")
	if got := slices.Sorted(maps.Keys(alarms)); !slices.Equal(got, want) {
		t.Errorf("alarms %v, want %v", got, want)
	}
	t.Run("what each means, and what to do, is written down", func(t *testing.T) {
		for name := range alarms {
			if !strings.Contains(file(t, "docs/deploy.md"), "`"+name+"`") {
				t.Errorf("docs/deploy.md does not explain %s", name)
			}
		}
	})
	for name := range alarms {
		t.Run(name+" is on from the first deployment, and tells somebody", func(t *testing.T) {
			if f.with("Stage", "staging").exists(name) != true || f.at(name, "ActionsEnabled") != nil {
				t.Error("it is off")
			}
			if text(f.at(name, "AlarmActions").([]any)[0]) != "Alarms" || f.at(name, "AlarmDescription") == nil {
				t.Errorf("it tells %v", f.at(name, "AlarmActions"))
			}
			want := "notBreaching"
			if name == "JanitorSilent" {
				want = "breaching" // silence is what it is about
			}
			if got := f.at(name, "TreatMissingData"); got != want {
				t.Errorf("missing data are %v, want %s", got, want)
			}
		})
	}
	t.Run("one dead letter is one too many", func(t *testing.T) {
		if f.number("DeadLettersWaiting", "Threshold") != 0 || text(f.at("DeadLettersWaiting", "Dimensions").([]any)[0].(object)["Value"]) != "DeadLetters.QueueName" {
			t.Errorf("alarm %v", f.resource("DeadLettersWaiting"))
		}
	})
	t.Run("a silent janitor is noticed within three minutes", func(t *testing.T) {
		if n := f.number("JanitorSilent", "Period") * f.number("JanitorSilent", "EvaluationPeriods"); n > 180 {
			t.Errorf("after %d s", n)
		}
	})
}

func TestMetricsAreWritten(t *testing.T) {
	written := file(t, "internal/metrics/api.go") + file(t, "internal/metrics/worker.go")
	text := source(t)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`Namespace: volcimage[,\n ]+MetricName: (\w+)`).FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
	}
	ours := true // of the dashboard: "." repeats the namespace above
	for _, m := range regexp.MustCompile(`\["([\w/.]+)", "(\w+|\.)", "`).FindAllStringSubmatch(text, -1) {
		if m[1] != "." {
			ours = m[1] == "volcimage"
		}
		if ours && m[2] != "." {
			used[m[2]] = true
		}
	}
	if len(used) < 8 {
		t.Errorf("only %v are looked at", slices.Sorted(maps.Keys(used)))
	}
	for name := range used {
		if !strings.Contains(written, `{"`+name+`", `) {
			t.Errorf("nobody writes %s", name)
		}
	}
}

func TestFunctions(t *testing.T) {
	f := read(t)
	shared := walk(f.tree["Globals"], "Function").(object)
	if shared["Runtime"] != "provided.al2023" || shared["Handler"] != "bootstrap" || shared["CodeUri"] != "functions/" || text(shared["Architectures"].([]any)[0]) != "Architecture" {
		t.Errorf("functions are %v", shared)
	}
	makefile := file(t, "Makefile")
	for name, r := range f.resources("AWS::Serverless::Function") {
		t.Run(name, func(t *testing.T) {
			if walk(r, "Metadata.BuildMethod") != "makefile" || walk(r, "Metadata.WorkingDirectory") != "." {
				t.Errorf("it is built by %v", r["Metadata"])
			}
			if !regexp.MustCompile(`(?m)^build-Api .*build-%:`).MatchString(makefile) || !strings.Contains(makefile, "build-"+name) {
				t.Errorf("the Makefile does not build it")
			}
			if text(f.at(name, "LoggingConfig.LogGroup")) != name+"Log" || text(f.at(name+"Log", "RetentionInDays")) != "LogDays" {
				t.Error("its log is kept for ever")
			}
			if text(f.at(name, "AutoPublishCodeSha256")) != "Revision" || shared["AutoPublishAlias"] != "live" {
				t.Error("new settings would not make a new version")
			}
			if limit, ok := f.at(name, "Environment.Variables.GOMEMLIMIT").(string); ok {
				if mib, err := strconv.Atoi(strings.TrimSuffix(limit, "MiB")); err != nil || mib > f.number(name, "MemorySize")*4/5 {
					t.Errorf("its memory is %v MiB and the limit %s", f.at(name, "MemorySize"), limit)
				}
			}
			events, err := filepath.Glob(root + "functions/" + strings.ToLower(name) + "/events/*.json")
			if err != nil || len(events) == 0 {
				t.Errorf("it has no event to be called with: %v", err)
			}
		})
	}
	for name, alarm := range map[string]string{"Api": "ApiFailing", "Generate": "GenerateFailing"} {
		t.Run(name+" is rolled out slowly and back on an alarm, where it is wanted", func(t *testing.T) {
			p := f.at(name, "DeploymentPreference").(object)
			alarms := f.with("Stage", "production").value(p["Alarms"]).([]any)
			if text(p["Enabled"]) != "Gradual" || text(alarms[0]) != alarm || p["Type"] == nil {
				t.Errorf("preference %v", p)
			}
		})
	}
}

func TestSamconfig(t *testing.T) {
	f := read(t)
	text := file(t, "samconfig.toml")
	for _, stage := range stages {
		if !strings.Contains(text, "["+stage+".deploy.parameters]") || !strings.Contains(text, `"Stage=`+stage+`"`) {
			t.Errorf("there is no stage %s", stage)
		}
	}
	if got := strings.Count(text, "Gradual=true"); got != 1 || !strings.Contains(text, `"Stage=production", "Gradual=true"`) {
		t.Errorf("gradual at %d stages, want production alone", got)
	}
	for _, list := range regexp.MustCompile(`parameter_overrides = \[(.*)\]`).FindAllStringSubmatch(text, -1) {
		for _, p := range regexp.MustCompile(`"(\w+)=`).FindAllStringSubmatch(list[1], -1) {
			if f.tree["Parameters"].(object)[p[1]] == nil {
				t.Errorf("there is no parameter %s", p[1])
			}
		}
	}
}

func TestOutputs(t *testing.T) {
	f := read(t)
	for _, name := range []string{"Page", "ApiAddress", "DashboardAddress", "SiteBucket", "PicturesBucket", "TableName", "QueueUrl", "DeadLettersUrl"} {
		if walk(f.tree["Outputs"], name+".Value") == nil {
			t.Errorf("%s is not told", name)
		}
	}
}
