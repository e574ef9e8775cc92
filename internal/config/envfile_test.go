package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeEnv(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadFile(t *testing.T) {
	t.Run("comments, blanks, quotes and line ends of every kind", func(t *testing.T) {
		got, err := ReadFile(writeEnv(t, "\ufeff# comment\r\n\r\nA=1\r\n  B = two words  # comment\nexport C='it''s'\n"))
		if err == nil {
			t.Errorf("text behind a quote: %v, want an error", got)
		}
		got, err = ReadFile(writeEnv(t, "\ufeff# comment\r\n\r\nA=1\r\n  B = two words  # comment\nexport C='a \"b\" \\n # c' # d\n"+
			`D="a \"b\" \\ \n \$x \t'"`+"\nE=\nF=a#b\nG=#c\nH=a=b==\nI=\"\"\nJ=星空"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"A": "1", "B": "two words", "C": `a "b" \n # c`, "D": "a \"b\" \\ \n $x \\t'", "E": "", "F": "a#b", "G": "", "H": "a=b==", "I": "", "J": "星空",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
	})
	t.Run("a wrong line is named by its number, its value is not shown", func(t *testing.T) {
		for text, want := range map[string]string{
			"A=1\nthe-value":       "line 2: must be NAME=value",
			"A=1\n\n1B=the-value":  "line 3: must be NAME=value",
			"=the-value":           "line 1: must be NAME=value",
			"A B=the-value":        "line 1: must be NAME=value",
			"A=1\nA=the-value":     "line 2: A is set twice",
			`A="the-value`:         "line 1: A: must end with the quote",
			`A='the-value' more`:   "line 1: A: must end with the quote",
			`A="the-value\"`:       "line 1: A: must end with the quote",
			"# x\nexport =the-val": "line 2: must be NAME=value",
		} {
			_, err := ReadFile(writeEnv(t, text))
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "the-val") {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		}
	})
	t.Run("no file means no settings, a folder or a huge file is an error", func(t *testing.T) {
		dir := t.TempDir()
		if got, err := ReadFile(filepath.Join(dir, "none")); err != nil || len(got) != 0 {
			t.Errorf("no file: %v, %v", got, err)
		}
		if _, err := ReadFile(dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("a folder: %v, want it named", err)
		}
		if _, err := ReadFile(writeEnv(t, strings.Repeat("#\n", maxFile))); err == nil {
			t.Error("a huge file: no error")
		}
		if _, err := ReadFile(filepath.Join(writeEnv(t, ""), "x")); err == nil {
			t.Error("below a file: no error")
		}
	})
}

func TestOverlay(t *testing.T) {
	environment := func(name string) (string, bool) {
		value, ok := map[string]string{"A": "environment", "B": ""}[name]
		return value, ok
	}
	lookup := Overlay(environment, map[string]string{"A": "file", "B": "file", "C": "file"})
	for name, want := range map[string]string{"A": "environment", "B": "", "C": "file", "D": ""} {
		if got, _ := lookup(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, ok := lookup("D"); ok {
		t.Error("D is said to be set")
	}
}
