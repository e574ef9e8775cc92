package visual

import (
	"fmt"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// submitBody is what the model is asked for: its own fields alone, under the
// names it knows them by.
func submitBody(p task.Params) (map[string]any, error) {
	m, ok := catalog.Lookup(p.Model)
	if !ok {
		return nil, catalog.NewError(catalog.CodeInvalid, fmt.Errorf("no model %q in the catalog", p.Model))
	}
	body := map[string]any{"req_key": m.ID, "prompt": p.Prompt}
	if m.SetMax > 0 {
		// Always said: left out, the prompt decides how many pictures are charged.
		body["force_single"] = !p.CoherentSet
	}
	switch {
	case p.Width != 0 || p.Height != 0:
		body["width"], body["height"] = p.Width, p.Height // one alone has no effect
	case p.Size != 0 && m.Size.AreaField:
		body["size"] = p.Size
	default:
		body["width"], body["height"] = m.Size.Default.Width, m.Size.Default.Height
	}
	given := catalog.Values(p)
	for _, f := range m.Fields {
		if v, ok := given[f.Name]; ok {
			body[f.WireName()] = wireValue(f, v)
		} else if f.Type == catalog.Boolean {
			body[f.WireName()] = f.Default // a switch is never left to the vendor's mind
		}
	}
	return body, nil
}

// wireValue writes a number as the type that the field has at this model.
func wireValue(f catalog.Field, v any) any {
	if x, ok := v.(float64); ok && f.Type == catalog.Integer {
		return int64(x)
	}
	return v
}
