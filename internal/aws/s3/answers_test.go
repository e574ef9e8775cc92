package s3_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"volcimage/internal/aws/s3"
	"volcimage/internal/task"
)

// scripted answers what the S3 server of the tests cannot be made to. The body for HEAD
// is the object's checksum.
type scripted func(*http.Request) (status int, body string)

func (s scripted) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	status, body := s(r)
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	header := http.Header{}
	if r.Method == http.MethodHead {
		header.Set("X-Amz-Checksum-Sha256", body)
		body = ""
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func fake(s scripted, o s3.Options) *s3.Store {
	return s3.New(sdk.New(sdk.Options{
		Region: "us-east-1", HTTPClient: s, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}), "bucket", o)
}

func TestAPutWhoseAnswerWasLostIsNoConflict(t *testing.T) {
	for sum, want := range map[string]error{"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=": nil, "AAAA": task.ErrConflict, "": task.ErrConflict} {
		s := fake(func(r *http.Request) (int, string) {
			if r.Method == http.MethodHead {
				return http.StatusOK, sum
			}
			if r.Header.Get("If-None-Match") != "*" {
				t.Error("the put has no condition")
			}
			return http.StatusPreconditionFailed, `<Error><Code>PreconditionFailed</Code></Error>`
		}, s3.Options{})
		if err := s.Put(t.Context(), task.Object{Key: "a/b", Data: []byte("abc"), Once: true}); !errors.Is(err, want) {
			t.Errorf("with the checksum %q there: %v, want %v", sum, err, want)
		}
	}
}

func TestPutSaysWhatItStores(t *testing.T) {
	var got http.Header
	var body []byte
	s := fake(func(r *http.Request) (int, string) {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		got = r.Header
		return http.StatusOK, ""
	}, s3.Options{})
	if err := s.Put(t.Context(), task.Object{Key: "images/o/T/0/2/0.png", ContentType: "image/png", Data: []byte("abc")}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type":                 "image/png",
		"Cache-Control":                "private, max-age=31536000, immutable",
		"X-Amz-Trailer":                "x-amz-checksum-sha256",
		"X-Amz-Decoded-Content-Length": "3",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	if sum := "x-amz-checksum-sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; !strings.Contains(string(body), sum) {
		t.Errorf("sent %q, want the checksum of abc behind it: %s", body, sum)
	}
}

func TestFailuresThatPass(t *testing.T) {
	for what, status := range map[string]int{"slow down": http.StatusServiceUnavailable, "a fault of S3": http.StatusInternalServerError, "no answer": 0} {
		synctest.Test(t, func(t *testing.T) { // the SDK waits before it tries again
			tried := 0
			s := fake(func(*http.Request) (int, string) { tried++; return status, "" }, s3.Options{})
			for _, err := range []error{
				s.Put(t.Context(), task.Object{Key: "a/b", Data: []byte("x")}), s.DeletePrefix(t.Context(), "a/"), s.Ping(t.Context()),
			} {
				if task.KindOf(err) != task.Unavailable {
					t.Errorf("%s: %v, want it to be unavailable", what, err)
				}
			}
			if tried < 6 {
				t.Errorf("%s: %d requests for three calls, want each tried again", what, tried)
			}
		})
	}
}

func TestRefusalsThatStay(t *testing.T) {
	tried := 0
	s := fake(func(*http.Request) (int, string) {
		tried++
		return http.StatusForbidden, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`
	}, s3.Options{})
	err := s.Put(t.Context(), task.Object{Key: "a/b", Data: []byte("x")})
	if err == nil || task.KindOf(err) != task.Internal || tried != 1 {
		t.Errorf("denied: %v after %d tries, want an internal error after 1", err, tried)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, task.Object{Key: "a/b"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has gone: %v, want its context's end", err)
	}
}

func TestDeletionNamesWhatIsLeft(t *testing.T) {
	s := fake(func(r *http.Request) (int, string) {
		if r.Method == http.MethodGet {
			return http.StatusOK, `<ListBucketResult><Contents><Key>a/1</Key></Contents><Contents><Key>a/2</Key></Contents></ListBucketResult>`
		}
		return http.StatusOK, `<DeleteResult><Error><Key>a/2</Key><Code>AccessDenied</Code><Message>held</Message></Error><Error><Key>a/1</Key><Code>NoSuchKey</Code></Error></DeleteResult>`
	}, s3.Options{})
	err := s.DeletePrefix(t.Context(), "a/")
	if err == nil || !strings.Contains(err.Error(), "1 objects are left") || !strings.Contains(err.Error(), "a/2: AccessDenied: held") {
		t.Errorf("DeletePrefix: %v, want the object that is left named", err)
	}
}

func TestDeletionIsBounded(t *testing.T) {
	pages := 0
	s := fake(func(*http.Request) (int, string) {
		pages++
		return http.StatusOK, `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>on</NextContinuationToken></ListBucketResult>`
	}, s3.Options{})
	if err := s.DeletePrefix(t.Context(), "a/"); err == nil || pages > 1000 {
		t.Errorf("a listing without end: %v after %d pages, want an error soon", err, pages)
	}
}

func TestPrefixMustNameAFolder(t *testing.T) {
	s := fake(func(*http.Request) (int, string) { t.Error("S3 was asked"); return http.StatusOK, "" }, s3.Options{})
	for _, prefix := range []string{"", "/", "images", "/x"} {
		if err := s.DeletePrefix(t.Context(), prefix); err == nil {
			t.Errorf("DeletePrefix(%q): no error", prefix)
		}
	}
	if l, err := s.Link(task.Link{}); err == nil {
		t.Errorf("a link to no key: %v", l)
	}
}

// clock is a time that the test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestLinkIsTheSameWithinAWindow(t *testing.T) {
	c := &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	s := fake(nil, s3.Options{Window: 10 * time.Minute, Now: c.now})
	link := func() task.SignedLink {
		l, err := s.Link(task.Link{Key: "images/o/T/0/2/0.png"})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	first := link()
	c.t = c.t.Add(10*time.Minute - time.Nanosecond)
	if again := link(); again != first {
		t.Errorf("at the window's end %v, at its begin %v", again, first)
	}
	if want := time.Date(2026, 11, 23, 12, 20, 0, 0, time.UTC); !first.ExpiresAt.Equal(want) {
		t.Errorf("expires %v, want %v, two windows from the begin", first.ExpiresAt, want)
	}
	u, err := url.Parse(first.URL)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); q.Get("X-Amz-Expires") != "1200" || q.Get("X-Amz-Date") != "20261123T120000Z" {
		t.Errorf("signed at %s for %s s, want at 20261123T120000Z for 1200", q.Get("X-Amz-Date"), q.Get("X-Amz-Expires"))
	}
	c.t = c.t.Add(time.Nanosecond)
	if next := link(); next.URL == first.URL || !next.ExpiresAt.Equal(first.ExpiresAt.Add(10*time.Minute)) {
		t.Errorf("in the next window %v, in the first %v", next, first)
	}
}

// What is signed with credentials that end, ends with them.
func TestLinkEndsWithItsCredentials(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, left := range []time.Duration{5 * time.Minute, 5 * time.Hour} {
		client := sdk.New(sdk.Options{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", CanExpire: true, Expires: now.Add(left)}, nil
		})})
		l, err := s3.New(client, "bucket", s3.Options{Now: func() time.Time { return now }}).Link(task.Link{Key: "a"})
		if want := now.Add(min(left, 30*time.Minute)); err != nil || !l.ExpiresAt.Equal(want) {
			t.Errorf("credentials for another %v: the link ends %v, %v, want %v", left, l.ExpiresAt, err, want)
		}
	}
	client := sdk.New(sdk.Options{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("none")
	})})
	if l, err := s3.New(client, "bucket", s3.Options{}).Link(task.Link{Key: "a"}); err == nil {
		t.Errorf("a link without credentials: %v", l)
	}
}

func BenchmarkLink(b *testing.B) {
	s := fake(nil, s3.Options{})
	for b.Loop() {
		if _, err := s.Link(task.Link{Key: "images/o/01J9ZW3K3Q6M7T8V9X0Y1Z2A3B/0/2/0.png"}); err != nil {
			b.Fatal(err)
		}
	}
}
