package template

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// root is the project's folder.
const root = "../../../"

// object is a mapping. An intrinsic function is one with a single field, whether it
// was written !Ref x or {Ref: x}.
type object = map[string]any

// template is the file.
type template struct {
	t    *testing.T
	tree object
}

func read(t *testing.T) *template {
	t.Helper()
	text, err := os.ReadFile(root + "template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "<<:") || anchored(&doc) {
		t.Error("there is an anchor, which CloudFormation does not know")
	}
	return &template{t, tree(t, doc.Content[0]).(object)}
}

func anchored(n *yaml.Node) bool {
	return n.Anchor != "" || n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, anchored)
}

// tree is a node as mappings, lists and scalars.
func tree(t *testing.T, n *yaml.Node) any {
	t.Helper()
	value := plain(t, n)
	if !strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!") {
		return value
	}
	name := strings.TrimPrefix(n.Tag, "!")
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	return object{name: value}
}

func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.MappingNode:
		m := object{}
		for i := 0; i < len(n.Content); i += 2 {
			if _, twice := m[n.Content[i].Value]; twice {
				t.Errorf("line %d: %s is there twice", n.Content[i].Line, n.Content[i].Value)
			}
			m[n.Content[i].Value] = tree(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, tree(t, c))
		}
		return list
	}
	var v any
	if strings.HasPrefix(n.Tag, "!!") {
		if err := n.Decode(&v); err != nil {
			t.Fatalf("line %d: %v", n.Line, err)
		}
		return v
	}
	return n.Value
}

// resources are those of a type, by name.
func (f *template) resources(kind string) map[string]object {
	f.t.Helper()
	found := map[string]object{}
	for name, r := range f.tree["Resources"].(object) {
		if r.(object)["Type"] == kind {
			found[name] = r.(object)
		}
	}
	if len(found) == 0 {
		f.t.Errorf("there is no %s", kind)
	}
	return found
}

// resource is the one of that name.
func (f *template) resource(name string) object {
	f.t.Helper()
	r, ok := f.tree["Resources"].(object)[name].(object)
	if !ok {
		f.t.Fatalf("there is no resource %s", name)
	}
	return r
}

// at walks into the properties of a resource, as in "Events.Hint.Type"; nil where
// there is nothing.
func (f *template) at(resource, path string) any {
	f.t.Helper()
	return walk(f.resource(resource)["Properties"], path)
}

func walk(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// world is a choice of parameters.
type world struct {
	*template
	parameters object
}

// with is the template where some parameters have other values than by default.
func (f *template) with(pairs ...any) world {
	f.t.Helper()
	parameters := object{"AWS::StackName": "volcimage", "AWS::NoValue": none{}}
	for name, p := range f.tree["Parameters"].(object) {
		parameters[name] = p.(object)["Default"]
	}
	for i := 0; i < len(pairs); i += 2 {
		if _, ok := parameters[pairs[i].(string)]; !ok {
			f.t.Fatalf("there is no parameter %s", pairs[i])
		}
		parameters[pairs[i].(string)] = pairs[i+1]
	}
	return world{f, parameters}
}

// none is AWS::NoValue.
type none struct{}

// value resolves what depends on parameters and conditions alone; the rest stays.
func (w world) value(v any) any {
	w.t.Helper()
	m, ok := v.(object)
	if !ok || len(m) != 1 {
		return v
	}
	for name, arg := range m {
		switch name {
		case "Ref":
			if p, ok := w.parameters[arg.(string)]; ok {
				return p
			}
		case "Fn::If":
			branches := arg.([]any)
			if w.condition(branches[0].(string)) {
				return w.value(branches[1])
			}
			return w.value(branches[2])
		}
	}
	return v
}

// condition tells whether the condition of that name holds.
func (w world) condition(name string) bool {
	w.t.Helper()
	c, ok := w.tree["Conditions"].(object)[name]
	if !ok {
		w.t.Fatalf("there is no condition %s", name)
	}
	return w.holds(c)
}

func (w world) holds(c any) bool {
	w.t.Helper()
	for name, arg := range c.(object) {
		switch name {
		case "Condition":
			return w.condition(arg.(string))
		case "Fn::Not":
			return !w.holds(arg.([]any)[0])
		case "Fn::And":
			return !slices.ContainsFunc(arg.([]any), func(c any) bool { return !w.holds(c) })
		case "Fn::Equals":
			return fmt.Sprint(w.value(arg.([]any)[0])) == fmt.Sprint(w.value(arg.([]any)[1]))
		}
	}
	w.t.Fatalf("a condition that this test does not know: %v", c)
	return false
}

// exists tells whether the resource is made.
func (w world) exists(name string) bool {
	w.t.Helper()
	c, ok := w.resource(name)["Condition"].(string)
	return !ok || w.condition(c)
}

// environment is that of a function, without what is not set.
func (w world) environment(function string) map[string]string {
	w.t.Helper()
	env := map[string]string{}
	shared := walk(w.tree["Globals"], "Function.Environment.Variables").(object)
	own, _ := w.at(function, "Environment.Variables").(object)
	for _, variables := range []object{shared, own} {
		for name, v := range variables {
			if resolved := w.value(v); resolved != (none{}) {
				env[name] = text(resolved)
			}
		}
	}
	return env
}

// text is a value as CloudFormation would write it; a reference to a resource is
// its name.
func text(v any) string {
	if m, ok := v.(object); ok {
		for _, arg := range m {
			return fmt.Sprint(arg)
		}
	}
	return fmt.Sprint(v)
}

// texts is a list, or the one value that stands for it.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{text(v)}
	}
	var all []string
	for _, e := range list {
		all = append(all, text(e))
	}
	return all
}

// references are all intrinsic functions below v that name something, as in
// "Ref Table".
func references(v any) (all []string) {
	switch v := v.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if s, ok := v[name].(string); ok && (name == "Ref" || name == "Fn::GetAtt" || name == "Fn::Sub") {
				all = append(all, name+" "+s)
			}
			all = append(all, references(v[name])...)
		}
	case []any:
		for _, e := range v {
			all = append(all, references(e)...)
		}
	}
	return all
}
