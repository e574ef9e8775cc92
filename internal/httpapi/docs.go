package httpapi

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// docsFiles are the page to read and try the API, with Swagger UI as it is
// published (docs/VERSION). The large files are kept compressed only.
//
//go:embed docs/index.html docs/start.js docs/swagger-ui-bundle.js.gz docs/swagger-ui.css.gz
var docsFiles embed.FS

// docsPolicy lets the page load from this service and nowhere else. Swagger UI
// has its icons as data addresses.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is a document that does not change while the service runs.
type page struct {
	contentType string
	body        []byte
	zipped      []byte                 // body gzipped, in its place where that is all we keep
	made        func() ([]byte, error) // makes the body when it is first asked for; nil: it is there
}

// registerDocs adds the description and the page. It comes last: the description
// names every route, itself too.
func (s *service) registerDocs() error {
	s.docs = map[string]page{}
	for _, f := range []struct{ address, name, contentType, summary string }{
		{docsPath, "index.html", "text/html; charset=utf-8", "A page to read and try the API"},
		{docsPath + "/start.js", "start.js", "text/javascript; charset=utf-8", "Script of the page"},
		{docsPath + "/swagger-ui-bundle.js", "swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8", "Swagger UI"},
		{docsPath + "/swagger-ui.css", "swagger-ui.css.gz", "text/css; charset=utf-8", "Style of Swagger UI"},
	} {
		data, err := docsFiles.ReadFile("docs/" + f.name)
		if err != nil {
			return fmt.Errorf("read page: %w", err)
		}
		p := page{contentType: f.contentType, body: data}
		if path.Ext(f.name) == ".gz" {
			p.body, p.zipped = nil, data
		}
		s.addPage(f.address, p, f.summary)
	}
	s.addPage(openAPIPath, page{contentType: "application/json"}, "This description")
	s.finish()
	// Few ask for it, and a function's start must not wait for it.
	s.docs[openAPIPath] = page{contentType: "application/json", made: sync.OnceValues(func() ([]byte, error) {
		return json.Marshal(s.api.OpenAPI())
	})}
	return nil
}

func (s *service) addPage(address string, p page, summary string) {
	s.docs[address] = p
	mediaType, _, _ := strings.Cut(p.contentType, ";")
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "get-" + strings.Trim(strings.NewReplacer("/", "-", ".", "-").Replace(strings.TrimPrefix(address, base)), "-"),
		Method:      http.MethodGet, Path: address, Security: openToAll,
		Summary: summary, Description: "Needs no key.",
		Responses: map[string]*huma.Response{"200": {
			Description: summary, Content: map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{}}},
		}},
	})
	s.HandleFunc(http.MethodGet+" "+address, func(w http.ResponseWriter, r *http.Request) {
		s.docs[address].serve(w, r)
	})
}

// serve sends the page as it is kept, or unpacks it for the rare client that
// takes nothing packed.
func (p page) serve(w http.ResponseWriter, r *http.Request) {
	if p.made != nil {
		var err error
		if p.body, err = p.made(); err != nil {
			writeProblem(w, r, fmt.Errorf("make page: %w", err))
			return
		}
	}
	h := w.Header()
	h.Set("Content-Type", p.contentType)
	if p.contentType != "application/json" {
		h.Set("Content-Security-Policy", docsPolicy)
	}
	// An error to write means that the client has gone.
	switch {
	case p.zipped == nil:
		_, _ = w.Write(p.body)
	case takesGzip(r.Header.Get("Accept-Encoding")):
		h.Add("Vary", "Accept-Encoding")
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(p.zipped)
	default:
		h.Add("Vary", "Accept-Encoding")
		body, err := gunzip(p.zipped)
		if err != nil {
			writeProblem(w, r, fmt.Errorf("unpack page: %w", err))
			return
		}
		_, _ = w.Write(body)
	}
}

// gunzip unpacks what is compiled in, so its size is known to be sane.
func gunzip(zipped []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
