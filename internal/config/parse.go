package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Each function here answers how a value is read into its field. The errors say
// the rule; the variable and the value are added by the caller.

func whole(field *int, least, most int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		*field = n
		return nil
	}
}

// decimal reads digits with or without a fraction, and no other spelling.
func decimal(s string, least, most float64) (float64, bool) {
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && x >= least && x <= most
}

func seconds(field *time.Duration, least, most time.Duration) func(string) error {
	return func(s string) error {
		x, ok := decimal(s, least.Seconds(), most.Seconds())
		if !ok {
			return fmt.Errorf("must be a number of seconds from %v to %v", least.Seconds(), most.Seconds())
		}
		*field = time.Duration(math.Round(x * float64(time.Second)))
		return nil
	}
}

func days(field *time.Duration, least, most int) func(string) error {
	var n int
	read := whole(&n, least, most)
	return func(s string) error {
		err := read(s)
		*field = time.Duration(n) * 24 * time.Hour
		return err
	}
}

// gigabytes are of 10^9 bytes, as disks are sold.
func gigabytes(field *int64, least, most float64) func(string) error {
	return func(s string) error {
		x, ok := decimal(s, least, most)
		if !ok {
			return fmt.Errorf("must be a number of gigabytes from %g to %.0f", least, most)
		}
		*field = int64(math.Round(x * 1e9))
		return nil
	}
}

func boolean(field *bool) func(string) error {
	return func(s string) error {
		switch strings.ToLower(s) {
		case "true", "1", "yes", "on":
			*field = true
		case "false", "0", "no", "off":
			*field = false
		default:
			return errors.New("must be true or false")
		}
		return nil
	}
}

func level(field *slog.Level) func(string) error {
	return func(s string) error {
		switch strings.ToLower(s) {
		case "debug", "info", "warn", "error":
			return field.UnmarshalText([]byte(s))
		case "warning":
			*field = slog.LevelWarn
			return nil
		default:
			return errors.New("must be debug, info, warn or error")
		}
	}
}

// line reads words for people.
func line(field *string, most int) func(string) error {
	return func(s string) error {
		if utf8.RuneCountInString(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("must be at most %d characters, without line breaks", most)
		}
		*field = s
		return nil
	}
}

// word reads a name that becomes part of a signature.
func word(field *string) func(string) error {
	return func(s string) error {
		if len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return errors.New("must be at most 32 lower case letters, digits, - and _")
		}
		*field = s
		return nil
	}
}

func path(field *string) func(string) error {
	return func(s string) error {
		if strings.ContainsRune(s, 0) {
			return errors.New("must be a path")
		}
		*field = s
		return nil
	}
}

// secret reads a key of the provider. What is pasted with blanks or quotes is
// refused, because the provider would only say that the signature is wrong.
func secret(field *Secret) func(string) error {
	return func(s string) error {
		for i := range len(s) {
			if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\'' {
				return errors.New("must not hold blanks, quotes or other than ASCII characters")
			}
		}
		if len(s) > 256 {
			return errors.New("must have at most 256 characters")
		}
		*field = Secret(s)
		return nil
	}
}

func endpoint(field **url.URL) func(string) error {
	return func(s string) error {
		if s == "" {
			*field = nil
			return nil
		}
		u, ok := origin(s)
		if !ok {
			return errors.New("must be http://host[:port] or https://host[:port] and nothing else")
		}
		*field = u
		return nil
	}
}

// origin reads scheme, host and port, and refuses what has more.
func origin(s string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSuffix(s, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	plain := url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, false
		}
	}
	rest := *u
	rest.Host = plain.Host
	return &plain, rest.String() == plain.String() && !strings.HasSuffix(u.Host, ":")
}

// anyOrigin allows every page to read answers.
const anyOrigin = "*"

// origins reads a list of pages that may read answers, in the form in which a
// browser names them.
func origins(field *[]string) func(string) error {
	return func(s string) error {
		var list []string
		for item := range strings.SplitSeq(s, ",") {
			item = strings.TrimSpace(item)
			if item == "" {
				continue
			}
			u, ok := origin(item)
			switch {
			case item == anyOrigin:
				list = append(list, anyOrigin)
			case !ok:
				return errors.New("must be a list of http://host[:port] or https://host[:port], or *")
			default:
				list = append(list, browserOrigin(u))
			}
		}
		*field = list
		return nil
	}
}

// browserOrigin leaves out the port that goes without saying.
func browserOrigin(u *url.URL) string {
	if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
		return u.Scheme + "://" + strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.String()
}
