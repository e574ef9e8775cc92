package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"`)
	address = regexp.MustCompile(`https?://[^\s)>"'` + "`" + `|，。）]+`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
)

func TestEveryRelativeLinkLeadsSomewhere(t *testing.T) {
	checked := 0
	for _, p := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(p.prose(), -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			checked++
			file, anchor, _ := strings.Cut(target, "#")
			name := p.name
			if file != "" {
				name = path.Join(path.Dir(p.name), file)
			}
			on := filepath.Join(root, filepath.FromSlash(name))
			if _, err := os.Stat(on); err != nil || strings.HasPrefix(name, "..") {
				t.Errorf("%s links to %s, which is not there", p.name, target)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, on)), anchor) {
				t.Errorf("%s links to %s, where no heading has that anchor", p.name, target)
			}
		}
	}
	if checked == 0 {
		t.Error("no link was found: the pattern is wrong")
	}
}

// anchors are the names of a document's headings as forges make them: lower case,
// blanks as hyphens, other signs left out, numbered where a name comes again.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		n := seen[name]
		seen[name]++
		if n > 0 {
			name += "-" + string(rune('0'+n))
		}
		names = append(names, name)
	}
	return names
}

// hosts are what documents may name beside this machine: the provider, standards,
// and names that are reserved for examples. A host with a leading dot stands for
// all below it.
var hosts = []string{
	"localhost", "127.0.0.1", ".example", ".example.com", "example.com",
	".volcengine.com", ".volcengineapi.com",
	"169.254.169.254", // what the emulator's fault #private-link leads to
	".amazon.com", ".amazonaws.com", "www.rfc-editor.org", "www.sqlite.org", "sqlite.org", "go.dev", "pkg.go.dev", "github.com",
}

func TestDocumentsNameNoForeignHost(t *testing.T) {
	for _, p := range pages(t) {
		for _, a := range address.FindAllString(p.text, -1) {
			u, err := url.Parse(strings.TrimRight(a, ".,;:…"))
			if err != nil {
				continue // a form such as http://host:port, not an address
			}
			known := u.Hostname() == "host" || slices.ContainsFunc(hosts, func(h string) bool {
				return u.Hostname() == h || h[0] == '.' && strings.HasSuffix(u.Hostname(), h)
			})
			if !known {
				t.Errorf("%s names %s, whose host is not in the list of this test", p.name, a)
			}
		}
	}
}

// machine is what only holds on the machine where a document was written: folders
// of a home, and settings that name where modules come from.
var machine = regexp.MustCompile(`(?:^|[\s"'(=` + "`" + `])(/(?:home|root|Users|work|tmp|workspace)/[^\s` + "`" + `]*)|\b(GOPROXY=\S+|GONOSUMDB=\S+|registry=\S+|index-url\S*)`)

func TestDocumentsNameNothingOfOneMachine(t *testing.T) {
	for _, p := range pages(t) {
		for _, m := range machine.FindAllStringSubmatch(p.text, -1) {
			t.Errorf("%s names %s, which another machine does not have", p.name, m[1]+m[2])
		}
	}
}
