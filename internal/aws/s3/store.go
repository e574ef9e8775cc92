package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// defaultWindow is how long a link stays the same, where nobody says otherwise.
const defaultWindow = 15 * time.Minute

// cacheControl lets a browser keep a picture for a year, and no proxy at all. An
// address that has expired is never asked for again, so the year costs nothing.
const cacheControl = "private, max-age=31536000, immutable"

// Options of a [Store].
type Options struct {
	// Window is how long a link stays the same; it is valid for one to two of
	// them. 0 means 15 minutes.
	Window time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store keeps objects in one bucket.
type Store struct {
	client *s3.Client
	bucket string
	links  *signer
}

// New is the store in that bucket. Links are signed with the client's credentials.
func New(client *s3.Client, bucket string, o Options) *Store {
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{client: client, bucket: bucket, links: newSigner(client, o)}
}

// Put stores the object; whoever reads it meanwhile gets it whole, as it was
// before or as it is then. S3 checks the bytes by their SHA-256 and keeps that.
func (s *Store) Put(ctx context.Context, o task.Object) error {
	in := &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &o.Key,
		Body: bytes.NewReader(o.Data), ContentLength: aws.Int64(int64(len(o.Data))),
		ContentType: &o.ContentType, CacheControl: aws.String(cacheControl),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	}
	if o.Once {
		in.IfNoneMatch = aws.String("*")
	}
	_, err := s.client.PutObject(ctx, in)
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() == "PreconditionFailed" {
		err = s.has(ctx, o) // perhaps by this put, whose first answer was lost
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", o.Key, classed(err))
	}
	return nil
}

// has tells by an error where the object's key has other bytes.
func (s *Store) has(ctx context.Context, o task.Object) error {
	there, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &o.Key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(o.Data); aws.ToString(there.ChecksumSHA256) != base64.StdEncoding.EncodeToString(sum[:]) {
		return task.ErrConflict
	}
	return nil
}

// PutFrom is [Store.Put] of what is read from body, which need not fit into memory.
func (s *Store) PutFrom(ctx context.Context, key, contentType string, body io.ReadSeeker) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &key, Body: body, ContentType: &contentType,
		CacheControl: aws.String(cacheControl), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, classed(err))
	}
	return nil
}

// Ping tells whether the bucket answers.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket}); err != nil {
		return fmt.Errorf("ask the bucket: %w", classed(err))
	}
	return nil
}

// classed gives an error its kind: what the SDK would try again is
// [task.Unavailable] once it has given up. The rest stays as it is.
func classed(err error) error {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return &task.Error{Kind: task.Unavailable, Code: catalog.CodeUnavailable, Err: err}
	}
	return err
}
