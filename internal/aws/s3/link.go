package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"volcimage/internal/task"
)

// signingTime bounds the making of a link. It takes microseconds, unless the
// credentials are to be fetched first.
const signingTime = 5 * time.Second

// signer makes presigned links whose signing time is the begin of a window.
type signer struct {
	v4      *v4.Signer
	presign *s3.PresignClient
	window  time.Duration
	now     func() time.Time
}

func newSigner(client *s3.Client, o Options) *signer {
	return &signer{
		v4:      v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }), // S3's keys are escaped once
		presign: s3.NewPresignClient(client, s3.WithPresignExpires(2*o.Window)),
		window:  o.Window, now: o.Now,
	}
}

// Link makes an address under which the object can be read until it expires: for
// one to two windows from now, and the same for all who ask within a window. It
// does not look whether the object is there.
func (s *Store) Link(l task.Link) (task.SignedLink, error) {
	if l.Key == "" {
		return task.SignedLink{}, errors.New("link: no key")
	}
	ctx, cancel := context.WithTimeout(context.Background(), signingTime)
	defer cancel()
	in := &s3.GetObjectInput{Bucket: &s.bucket, Key: &l.Key}
	if l.Filename != "" {
		in.ResponseContentDisposition = aws.String(l.Disposition())
	}
	at := &signature{signer: s.links, time: s.links.now().UTC().Truncate(s.links.window)}
	req, err := s.links.presign.PresignGetObject(ctx, in, func(o *s3.PresignOptions) { o.Presigner = at })
	if err != nil {
		return task.SignedLink{}, fmt.Errorf("link to %s: %w", l.Key, classed(err))
	}
	return task.SignedLink{URL: req.URL, ExpiresAt: at.expires()}, nil
}

// signature is the signing of one link, at a time of our choice.
type signature struct {
	*signer
	time time.Time
	// credentialsEnd is when the credentials, and all signed with them, run out;
	// zero where nobody knows.
	credentialsEnd time.Time
}

var _ s3.HTTPPresignerV4 = (*signature)(nil)

// PresignHTTP is the SDK's presigner, but for the time.
func (s *signature) PresignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) (string, http.Header, error) {
	if c.CanExpire {
		s.credentialsEnd = c.Expires.UTC()
	}
	return s.v4.PresignHTTP(ctx, c, r, hash, service, region, s.time, o...)
}

func (s *signature) expires() time.Time {
	end := s.time.Add(2 * s.window)
	if !s.credentialsEnd.IsZero() && s.credentialsEnd.Before(end) {
		return s.credentialsEnd
	}
	return end
}
