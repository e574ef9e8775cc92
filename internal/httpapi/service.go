package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// service holds what the operations work with.
type service struct {
	Config
	mux      *http.ServeMux
	patterns []string // of the mux
	rules    map[string]rule
	api      huma.API
	models   *Models
	docs     map[string]page // by address
}

func newService(c Config) (*service, error) {
	setHuma()
	s := &service{Config: c, mux: http.NewServeMux(), rules: map[string]rule{}, models: modelsView()}
	conf := huma.DefaultConfig("volcimage", apiVersion)
	conf.OpenAPIPath, conf.DocsPath, conf.SchemasPath = "", "", "" // huma's own pages load foreign scripts
	conf.CreateHooks = nil                                         // no "$schema" in answers
	s.api = humago.New(s, conf)
	s.describe()
	s.register()
	if err := s.registerDocs(); err != nil {
		return nil, err
	}
	s.readRules()
	return s, nil
}

// HandleFunc adds a route behind the strict layer. It is how huma adds its own.
func (s *service) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, s.strict(pattern, h))
}

// ServeHTTP makes the service a mux in huma's eyes.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// route lets the mux choose, and puts problem documents in the place of its own
// texts for what it does not know.
func (s *service) route(w http.ResponseWriter, r *http.Request) {
	if !decodable(r) {
		writeProblem(w, r, &task.Error{Kind: task.Invalid, Code: codeMalformedURL,
			Fields: []task.FieldError{{Location: "path", Message: "cannot be decoded"}}})
		return
	}
	if path.Clean(r.URL.Path) != r.URL.Path { // the mux would send a redirect
		writeProblem(w, r, task.ErrNotFound)
		return
	}
	s.mux.ServeHTTP(w, r)
	if r.Pattern != "" {
		return
	}
	a := w.(*answer)
	notAllowed := a.status == http.StatusMethodNotAllowed
	a.reset()
	if notAllowed {
		writeProblem(w, r, &task.Error{Kind: task.Invalid, Code: catalog.CodeMethodNotAllowed})
		return
	}
	writeProblem(w, r, task.ErrNotFound)
}

// decodable tells whether the address as it was sent can be. A server refuses it
// before; behind a gateway nobody has.
func decodable(r *http.Request) bool {
	if r.RequestURI == "" {
		return true
	}
	_, err := url.ParseRequestURI(r.RequestURI)
	return err == nil
}

// readRules takes what strict checks from the operations' descriptions.
func (s *service) readRules() {
	schemas := s.api.OpenAPI().Components.Schemas
	for p, item := range s.api.OpenAPI().Paths {
		for method, op := range operations(item) {
			var u rule
			for _, param := range op.Parameters {
				if param.In == "query" {
					u.query = append(u.query, param.Name)
				}
			}
			if op.RequestBody != nil {
				u.takeBody(op, schemas)
			}
			s.rules[method+" "+p] = u
		}
	}
}

// humaMaxBody is what huma sets where an operation does not.
const humaMaxBody = 1 << 20

// takeBody says of the rule what body is due.
func (u *rule) takeBody(op *huma.Operation, schemas huma.Registry) {
	document, ok := op.RequestBody.Content["application/json"]
	if !ok {
		u.types, u.most = slices.Collect(maps.Keys(op.RequestBody.Content)), int(op.MaxBodyBytes)-1
		return
	}
	body := shapeOf(schemas, document.Schema)
	u.body, u.optional = &body, !op.RequestBody.Required
	if op.MaxBodyBytes > humaMaxBody {
		u.most = int(op.MaxBodyBytes) - 1
	}
}

// operations are those of one path, by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	ops := map[string]*huma.Operation{}
	for method, op := range map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	} {
		if op != nil {
			ops[method] = op
		}
	}
	return ops
}

// add registers one operation; its errors become problem documents.
func add[I, O any](s *service, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, newProblem(ctx, fmt.Errorf("%s: %w", op.OperationID, err))
		}
		return out, nil
	})
}
