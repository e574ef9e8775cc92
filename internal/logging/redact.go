package logging

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// redactor removes secrets from whole lines; slog writes a line at a time.
type redactor struct {
	w       io.Writer
	secrets [][]byte
}

func (r *redactor) Write(line []byte) (int, error) {
	clean := line
	for _, s := range r.secrets {
		clean = bytes.ReplaceAll(clean, s, []byte(mask))
	}
	if _, err := r.w.Write(redact(clean)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// minSecret is the length in bytes below which a secret could be a word, and
// removing it would garble the log.
const minSecret = 8

// spellings are the ways in which the secrets may be written in a line: as they
// are, quoted, and as part of an address.
func spellings(secrets []string) [][]byte {
	var all [][]byte
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		inJSON, err := json.Marshal(s)
		if err == nil {
			all = append(all, inJSON[1:len(inJSON)-1])
		}
		quoted := strconv.Quote(s)
		all = append(all, []byte(s), []byte(quoted[1:len(quoted)-1]), []byte(url.QueryEscape(s)), []byte(url.PathEscape(s)))
	}
	slices.SortFunc(all, func(a, b []byte) int { return len(b) - len(a) }) // the longest first: one may be part of another
	return slices.CompactFunc(all, bytes.Equal)
}

// pattern finds secrets of one form. It is tried only on lines that hold one of
// its hints, which are cheap to look for; a hint is compared in lower case.
type pattern struct {
	hints []string
	form  *regexp.Regexp
	by    string
}

// patterns stop at quotes and backslashes, so that a line stays what it was: JSON.
// A line break in a value is written as \n, so what follows one follows a letter.
var patterns = []pattern{
	{ // access keys of VolcEngine, temporary ones, and of AWS
		hints: []string{"aklt", "aktp", "akia", "asia"},
		form:  regexp.MustCompile(`(?:AKLT|AKTP|AKIA|ASIA)[A-Za-z0-9+/_=-]{8,}`),
		by:    mask,
	},
	{ // API keys of our own; the id stays, by which one can be revoked
		hints: []string{"vi_"},
		form:  regexp.MustCompile(`(vi_[a-z2-7]{16}_)[a-z2-7]{8,}`),
		by:    "${1}" + mask,
	},
	{ // a header with its value, as text or as printed by Go
		hints: []string{"authorization", "api-key", "cookie"},
		form:  regexp.MustCompile(`(?i)((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(\\?"?\s*[:=]\s*\[?\\?"?)[^"\\\[\]\s{][^"\\\[\]\n]*`),
		by:    "${1}${2}" + mask,
	},
	{ // a credential by its scheme
		hints: []string{"bearer", "basic"},
		form:  regexp.MustCompile(`(?i)(bearer|basic)(\s+|%20|\+)[A-Za-z0-9._~+/=-]{8,}`),
		by:    "${1}${2}" + mask,
	},
	{ // a password in an address
		hints: []string{"://"},
		form:  regexp.MustCompile(`(://[^/?#\s:@"\\]*)(:)[^/?#\s@"\\]+@`),
		by:    "${1}${2}" + mask + "@",
	},
	{ // what signs an address, and what a signature header holds
		hints: []string{"signature", "credential", "sig", "token", "ticket", "key", "secret", "password"},
		form: regexp.MustCompile(`(?i)((?:\b|_|\\[nrt])(?:(?:[a-z]+-)*(?:signature|credential|security-token)|sig|(?:[a-z]+_)?token|ticket|` +
			`(?:aws|oss)?access_?key_?(?:id)?|api_?key|secret_?(?:access_?)?(?:key)?|password))(=|%3D)[^&\s"'\\,;<>\[\]]+`),
		by: "${1}${2}" + mask,
	},
}

// redact removes from line what has the form of a secret.
func redact(line []byte) []byte {
	lower := bytes.ToLower(line)
	for _, p := range patterns {
		if slices.ContainsFunc(p.hints, func(h string) bool { return bytes.Contains(lower, []byte(h)) }) {
			line = p.form.ReplaceAllFunc(line, func(found []byte) []byte {
				if bytes.HasSuffix(found, []byte("[redacted")) { // removed already, by its name
					return found
				}
				return p.form.ReplaceAll(found, []byte(p.by))
			})
		}
	}
	return line
}
