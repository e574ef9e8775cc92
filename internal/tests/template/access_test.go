package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/config"
)

// functions are all, with what each may do: actions on resources, and nothing else.
var functions = map[string]map[string]string{
	"Api": {
		"ApiLog.Arn":                 "logs:CreateLogStream logs:PutLogEvents",
		"Table.Arn":                  "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem",
		"${Table.Arn}/index/active":  "dynamodb:Query",
		"${Table.Arn}/index/waiting": "dynamodb:Query",
		"Queue.Arn":                  "sqs:GetQueueAttributes sqs:SendMessage",
		"${Pictures.Arn}/images/*":   "s3:GetObject",
		"${Pictures.Arn}/temp/*":     "s3:DeleteObject s3:GetObject s3:PutObject",
		"Pictures.Arn":               "s3:ListBucket",
		"ApiKeys":                    "secretsmanager:GetSecretValue",
		"EdgeKey":                    "secretsmanager:GetSecretValue",
	},
	"Generate": {
		"GenerateLog.Arn":            "logs:CreateLogStream logs:PutLogEvents",
		"Table.Arn":                  "dynamodb:BatchGetItem dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem",
		"${Table.Arn}/index/active":  "dynamodb:Query",
		"${Table.Arn}/index/waiting": "dynamodb:Query",
		"Queue.Arn":                  "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage sqs:SendMessage",
		"${Pictures.Arn}/images/*":   "s3:DeleteObject s3:GetObject s3:PutObject",
		"${Pictures.Arn}/temp/*":     "s3:DeleteObject s3:GetObject s3:PutObject",
		"Pictures.Arn":               "s3:ListBucket",
		"ProviderKeys":               "secretsmanager:GetSecretValue",
	},
	"Janitor": {
		"JanitorLog.Arn":             "logs:CreateLogStream logs:PutLogEvents",
		"Table.Arn":                  "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem",
		"${Table.Arn}/index/active":  "dynamodb:Query",
		"${Table.Arn}/index/due":     "dynamodb:Query",
		"${Table.Arn}/index/waiting": "dynamodb:Query",
		"Queue.Arn":                  "sqs:SendMessage",
		"${Pictures.Arn}/images/*":   "s3:DeleteObject",
		"Pictures.Arn":               "s3:ListBucket",
	},
}

func TestC44Roles(t *testing.T) {
	f := read(t)
	if got := slices.Sorted(maps.Keys(f.resources("AWS::Serverless::Function"))); !slices.Equal(got, slices.Sorted(maps.Keys(functions))) {
		t.Errorf("functions %v, want %v", got, slices.Sorted(maps.Keys(functions)))
	}
	for function, want := range functions {
		t.Run(function+" may do what it must, and no more", func(t *testing.T) {
			if role := text(f.at(function, "Role")); role != function+"Role.Arn" || f.at(function, "Policies") != nil {
				t.Fatalf("its role is %s, with policies %v", role, f.at(function, "Policies"))
			}
			got := map[string]string{}
			for _, s := range f.with("Stage", "production").statements(function + "Role") {
				if s["Effect"] != "Allow" {
					t.Errorf("a statement with the effect %v", s["Effect"])
				}
				for _, resource := range texts(s["Resource"]) {
					actions := append(strings.Fields(got[resource]), texts(s["Action"])...)
					slices.Sort(actions)
					got[resource] = strings.Join(actions, " ")
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what it may do (-want +got):\n%s", diff)
			}
		})
	}
	if got := len(f.resources("AWS::IAM::Role")); got != len(functions) {
		t.Errorf("%d roles, want one for each function", got)
	}
}

// statements are those of a role's own policies.
func (w world) statements(role string) (all []object) {
	w.t.Helper()
	if w.at(role, "ManagedPolicyArns") != nil {
		w.t.Errorf("%s has policies that somebody else writes", role)
	}
	for _, p := range w.at(role, "Policies").([]any) {
		for _, s := range walk(p, "PolicyDocument.Statement").([]any) {
			if s, ok := w.value(s).(object); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestC44NoWildcards(t *testing.T) {
	f := read(t)
	for name := range f.tree["Resources"].(object) {
		for _, s := range allowed(f.resource(name)["Properties"]) {
			for _, action := range texts(s["Action"]) {
				if strings.Contains(action, "*") {
					t.Errorf("%s allows %s", name, action)
				}
			}
			for _, resource := range texts(s["Resource"]) {
				if resource == "*" || strings.HasPrefix(resource, "arn:") {
					t.Errorf("%s allows something on %s", name, resource)
				}
			}
		}
	}
}

// allowed are all statements below v that allow something on resources.
func allowed(v any) (all []object) {
	switch v := v.(type) {
	case object:
		if v["Effect"] == "Allow" && v["Resource"] != nil {
			return []object{v}
		}
		for _, e := range v {
			all = append(all, allowed(e)...)
		}
	case []any:
		for _, e := range v {
			all = append(all, allowed(e)...)
		}
	}
	return all
}

func TestC44Environment(t *testing.T) {
	f := read(t)
	var hidden []string
	for name, p := range f.tree["Parameters"].(object) {
		if p.(object)["NoEcho"] == true {
			hidden = append(hidden, "Ref "+name)
		}
	}
	if len(hidden) != 2 {
		t.Fatalf("hidden parameters %v, want the provider's two keys", hidden)
	}
	t.Run("it holds no secret", func(t *testing.T) {
		for function := range functions {
			for _, v := range []any{f.at(function, "Environment"), f.tree["Globals"]} {
				for _, r := range references(v) {
					if slices.Contains(hidden, r) || strings.Contains(r, "resolve:") {
						t.Errorf("%s has %s", function, r)
					}
				}
			}
		}
	})
	for _, stage := range stages {
		for function := range functions {
			t.Run(function+" starts with it at the stage "+stage, func(t *testing.T) {
				env := f.with("Stage", stage).environment(function)
				lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
				c, a, err := config.LoadAWS(lookup)
				if err != nil {
					t.Fatal(err)
				}
				standard, err := config.Load(func(string) (string, bool) { return "", false })
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(standard, c); diff != "" {
					t.Errorf("the defaults differ from those of one machine (-there +here):\n%s", diff)
				}
				protected := a.APIKeys != "" && a.EdgeKey != ""
				if a.Stage != stage || protected != (function == "Api" && stage != "local") || (a.ProviderKeys != "") != (function == "Generate") {
					t.Errorf("stage %s has %+v", stage, a)
				}
			})
		}
	}
	t.Run("its values are text, as functions get them", func(t *testing.T) {
		for function := range f.resources("AWS::Serverless::Function") {
			own, _ := f.at(function, "Environment.Variables").(object)
			for name, v := range own {
				switch v.(type) {
				case string, object:
				default:
					t.Errorf("%s of %s is %T: quote it", name, function, v)
				}
			}
		}
	})
	t.Run("its names are settings that exist", func(t *testing.T) {
		env := f.with("Stage", "production", "Endpoint", "http://x", "VolcEndpoint", "http://y").environment("Generate")
		maps.Copy(env, f.with("Stage", "production").environment("Api"))
		deployed := []string{
			"STAGE", "STACK_NAME", "TABLE_NAME", "QUEUE_URL", "PICTURES_BUCKET", "AWS_ENDPOINT_URL", "VOLC_KEYS_SECRET", "API_KEYS_SECRET", "EDGE_SECRET",
			"GOGC", "GOMEMLIMIT", // Go's own
		}
		unknown := slices.DeleteFunc(config.Unknown(slices.Collect(maps.Keys(env))), func(name string) bool { return slices.Contains(deployed, name) })
		if len(unknown) > 0 {
			t.Errorf("nobody reads %v", unknown)
		}
	})
}

func TestSecretsAreMade(t *testing.T) {
	f := read(t)
	made := f.with("Stage", "staging")
	for _, name := range []string{"ApiKeys", "EdgeKey"} {
		length, _ := f.at(name, "GenerateSecretString.PasswordLength").(int)
		if !made.exists(name) || length < 43 { // 43 of 62 characters are 256 bits
			t.Errorf("%s is made with %d characters", name, length)
		}
	}
	if got := fmt.Sprint(f.at("ProviderKeys", "SecretString")); !strings.Contains(got, `{"access_key":"${VolcAccessKey}","secret_key":"${VolcSecretKey}"}`) {
		t.Errorf("the provider's keys are %s", got)
	}
	if _, _, err := config.ProviderKeys(`{"access_key":"a","secret_key":"b"}`); err != nil {
		t.Errorf("which is not what is read: %v", err)
	}
}
