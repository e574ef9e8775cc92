package httpapi_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"volcimage/internal/httpapi"
)

type document struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]map[string]any
		SecuritySchemes map[string]map[string]any `json:"securitySchemes"`
	}
	Security []map[string][]string
}

type operation struct {
	OperationID          string `json:"operationId"`
	Summary, Description string
	Parameters           []struct {
		Name, In, Description string
		Required              bool
		Schema                map[string]any
	}
	RequestBody *struct {
		Required bool
		Content  map[string]map[string]any
	} `json:"requestBody"`
	Responses map[string]struct {
		Description string
		Content     map[string]map[string]any
		Headers     map[string]any
	}
	Security *[]map[string][]string
}

func describe(t *testing.T, a *api) (document, []byte) {
	t.Helper()
	r := a.do(t, "GET", "/api/v1/openapi.json", "")
	var doc document
	r.into(t, 200, &doc)
	return doc, r.body
}

func TestOpenAPI(t *testing.T) {
	a := newAPI(t)
	doc, text := describe(t, a)
	t.Run("C44 it describes exactly the mux's routes", func(t *testing.T) {
		var got []string
		for path, ops := range doc.Paths {
			for method := range ops {
				got = append(got, strings.ToUpper(method)+" "+path)
			}
		}
		want, err := httpapi.Patterns()
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("described\n%s\nserved\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, row := range []string{
			"POST /api/v1/generate", "GET /api/v1/task/{id}", "POST /api/v1/task/{id}/cancel", "POST /api/v1/task/{id}/retry", "DELETE /api/v1/task/{id}", "PATCH /api/v1/task/{id}", "POST /api/v1/task/{id}/restore", "POST /api/v1/bin/empty", "GET /api/v1/folders", "GET /api/v1/folders/{id}/tasks", "POST /api/v1/searches",
			"GET /api/v1/tasks", "GET /api/v1/history", "GET /api/v1/task/{id}/images/{n}", "GET /api/v1/models", "GET /api/v1/storage", "GET /api/v1/health",
			"POST /api/v1/generate/many", "POST /api/v1/task/{id}/again", "GET /api/v1/openapi.json", "GET /api/v1/docs",
		} {
			if !slices.Contains(got, row) {
				t.Errorf("%s is missing", row)
			}
		}
	})
	t.Run("every reference leads somewhere, every schema is used", func(t *testing.T) {
		used := map[string]bool{}
		for _, m := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllSubmatch(text, -1) {
			name, ok := strings.CutPrefix(string(m[1]), "#/components/schemas/")
			if !ok || doc.Components.Schemas[name] == nil {
				t.Errorf("reference %s leads nowhere", m[1])
			}
			used[name] = true
		}
		for name := range doc.Components.Schemas {
			if !used[name] {
				t.Errorf("schema %s is not used", name)
			}
		}
	})
	t.Run("every operation is complete", func(t *testing.T) {
		ids := map[string]bool{}
		for path, ops := range doc.Paths {
			for method, op := range ops {
				checkOperation(t, method+" "+path, op)
				if ids[op.OperationID] {
					t.Errorf("operation id %s is given twice", op.OperationID)
				}
				ids[op.OperationID] = true
			}
		}
	})
	t.Run("bounds are the catalog's", func(t *testing.T) {
		props := doc.Components.Schemas["GenerateRequest"]["properties"].(map[string]any)
		for name, want := range map[string]string{
			"prompt": `"maxLength":2000,"minLength":1`, "count": `"maximum":4,"minimum":1`, "scale": `"maximum":100,"minimum":0`, "size": `"maximum":16777216,"minimum":1048576`,
		} {
			got, _ := json.Marshal(props[name])
			for part := range strings.SplitSeq(want, ",") {
				if !strings.Contains(string(got), part) {
					t.Errorf("%s is %s, want %s", name, got, part)
				}
			}
		}
	})
	t.Run("two instances describe the same", func(t *testing.T) {
		for range 5 {
			if _, other := describe(t, newAPI(t)); string(other) != string(text) {
				t.Fatal("the descriptions differ")
			}
		}
	})
	t.Run("keys are described where they are on", func(t *testing.T) {
		if len(doc.Components.SecuritySchemes) != 0 || doc.Security != nil {
			t.Errorf("without keys: %v, %v", doc.Components.SecuritySchemes, doc.Security)
		}
		doc, _ := describe(t, newAPI(t, func(c *httpapi.Config) { c.Keys = keys() }))
		if doc.Components.SecuritySchemes["key"]["name"] != "X-API-Key" || len(doc.Security) != 2 {
			t.Errorf("with keys: %v, %v", doc.Components.SecuritySchemes, doc.Security)
		}
		if _, ok := doc.Paths["/api/v1/generate"]["post"].Responses["401"]; !ok {
			t.Error("generate has no 401")
		}
		if s := doc.Paths["/api/v1/health"]["get"].Security; s == nil || len(*s) != 0 {
			t.Errorf("security of health: %v, want none at all", s)
		}
	})
}

func checkOperation(t *testing.T, name string, op operation) {
	t.Helper()
	if op.Summary == "" || op.Description == "" || op.OperationID == "" {
		t.Errorf("%s lacks words: %+v", name, op)
	}
	if len(op.Responses) == 0 {
		t.Errorf("%s has no responses", name)
	}
	declared := map[string]bool{}
	for _, p := range op.Parameters {
		declared[p.In+p.Name] = true
		if p.Description == "" || p.Schema == nil || p.In == "path" && !p.Required {
			t.Errorf("%s: parameter %+v", name, p)
		}
	}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(name, -1) {
		if !declared["path"+m[1]] {
			t.Errorf("%s: path parameter %s is not described", name, m[1])
		}
	}
	static := strings.Contains(name, "/docs") || strings.Contains(name, "openapi.json")
	for status, r := range op.Responses {
		_, isProblem := r.Content["application/problem+json"]
		failing := status == "503" && strings.HasSuffix(name, "/health")
		if r.Description == "" || (status >= "400") != isProblem && !failing || r.Headers["X-Request-Id"] == nil {
			t.Errorf("%s: response %s is %+v", name, status, r)
		}
	}
	for _, status := range []string{"422", "500", "503", "504"} {
		if _, ok := op.Responses[status]; !ok && !static {
			t.Errorf("%s: no %s", name, status)
		}
	}
	if op.RequestBody == nil {
		return
	}
	json, bytes := op.RequestBody.Content["application/json"], op.RequestBody.Content["application/octet-stream"]
	optional := strings.HasSuffix(name, "/again")
	if op.RequestBody.Required == optional || json["example"] == nil && bytes["schema"] == nil {
		t.Errorf("%s: body %+v", name, op.RequestBody)
	}
}
