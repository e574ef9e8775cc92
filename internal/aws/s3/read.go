package s3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"volcimage/internal/task"
)

// Get reads the object, or answers [task.ErrNotFound].
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := s.get(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return data, nil
}

func (s *Store) get(ctx context.Context, key string) ([]byte, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key})
	if errors.As(err, new(*types.NoSuchKey)) {
		return nil, task.ErrNotFound
	}
	if err != nil {
		return nil, classed(err)
	}
	data := make([]byte, aws.ToInt64(out.ContentLength))
	_, err = io.ReadFull(out.Body, data)
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return nil, classed(err)
	}
	return data, nil
}
