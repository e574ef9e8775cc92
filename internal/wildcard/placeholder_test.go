package wildcard_test

import (
	"slices"
	"strings"
	"testing"

	"volcimage/internal/wildcard"
)

func TestPlaceholdersAreFilledIn(t *testing.T) {
	for _, c := range []struct {
		text   string
		values map[string]string
		want   string
	}{
		{"a {{colour=red}} fox", nil, "a red fox"},
		{"a {{colour=red}} fox", map[string]string{"colour": "white"}, "a white fox"},
		{"a {{colour=red}} fox", map[string]string{"colour": "  "}, "a red fox"},
		{"a {{ main colour = deep red }} fox", map[string]string{"other": "x"}, "a deep red fox"},
		{"一张{{主体=狐狸}}海报，{{主体}}居中", map[string]string{"主体": "猫"}, "一张猫海报，猫居中"},
		{"{{a}} and {{a=x}} and {{a=y}}", nil, "x and x and x"},
		{"{{colour={red|green}}} fox", nil, "{red|green} fox"},
		{"{{{a=x}}}", nil, "{x}"},
		{"{{a=1=2}}", nil, "1=2"},
		{"{{a=x}}", map[string]string{"a": "{{b}}"}, "{{b}}"},
		{`\{{a=x}}`, nil, "{{a=x}}"},
		{`\\{{a=x}}`, nil, `\x`},
		{`\{a} \`, nil, `\{a} \`},
		{"{{a|b}} {{}} {{=x}} {{a.b}} {{a", nil, "{{a|b}} {{}} {{=x}} {{a.b}} {{a"},
		{"no placeholder {red|green}", nil, "no placeholder {red|green}"},
		{"", nil, ""},
	} {
		got, missing := wildcard.ParseTemplate(c.text).Fill(c.values)
		if got != c.want || len(missing) > 0 {
			t.Errorf("%q with %q becomes %q, missing %q; want %q", c.text, c.values, got, missing, c.want)
		}
	}
}

func TestPlaceholdersWithoutValueAndDefaultAreNamed(t *testing.T) {
	_, missing := wildcard.ParseTemplate("{{b}} {{a=x}} {{c}} {{b}}").Fill(map[string]string{"c": "y"})
	if !slices.Equal(missing, []string{"b"}) {
		t.Errorf("missing %q, want b", missing)
	}
}

func TestPlaceholdersAreListedOnceEach(t *testing.T) {
	got := wildcard.ParseTemplate("{{b}} {{a=x}} {{b=y}} {{b=z}}").Placeholders()
	want := []wildcard.Part{{Name: "b", Default: "y"}, {Name: "a", Default: "x"}}
	if !slices.Equal(got, want) {
		t.Errorf("placeholders %+v, want %+v", got, want)
	}
}

func TestALongNameIsNone(t *testing.T) {
	for n, want := range map[int]int{40: 1, 41: 0} {
		if got := len(wildcard.ParseTemplate("{{" + strings.Repeat("星", n) + "}}").Placeholders()); got != want {
			t.Errorf("a name of %d characters: %d placeholders, want %d", n, got, want)
		}
	}
}

func FuzzParseTemplate(f *testing.F) {
	for _, s := range []string{"a {{colour=red}} fox", `\{{a}} {{b={x|y}}}`, "{{{a}}}", "{{a", "{{a}"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, s, value string) {
		if len(s) > 4000 {
			return
		}
		parsed := wildcard.ParseTemplate(s)
		values, size := map[string]string{}, 0
		for i, p := range parsed.Parts {
			if (p.Name == "") == (p.Text == "") || i > 0 && p.Text != "" && parsed.Parts[i-1].Text != "" {
				t.Fatalf("%q: parts %+v", s, parsed.Parts)
			}
			size += len(p.Text) + len(p.Name) + len(p.Default)
			if p.Name != "" {
				values[p.Name] = "v" + value
			}
		}
		if size > len(s) {
			t.Errorf("%q: parts %+v are longer", s, parsed.Parts)
		}
		got, missing := parsed.Fill(values)
		if len(missing) > 0 {
			t.Errorf("%q: missing %q with all values given", s, missing)
		}
		if len(values) == 0 && !strings.Contains(s, `\{{`) && got != s {
			t.Errorf("%q has no placeholder and becomes %q", s, got)
		}
	})
}
