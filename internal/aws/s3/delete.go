package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// maxPages bounds one deletion to 100,000 objects, far above what a task has.
	maxPages = 100
	// maxReported is how many objects that could not be deleted an error names.
	maxReported = 3
)

// DeletePrefix removes every object whose key begins with prefix, but for those
// in keep. That there is none is not an error. The prefix must name at least one
// whole folder, so that no slip empties the bucket.
func (s *Store) DeletePrefix(ctx context.Context, prefix string, keep ...string) error {
	if strings.LastIndexByte(prefix, '/') < 1 {
		return fmt.Errorf("delete objects: %q is not a prefix", prefix)
	}
	list := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix}
	for range maxPages { // a page holds no more than a deletion takes
		page, err := s.client.ListObjectsV2(ctx, list)
		if err != nil {
			return fmt.Errorf("list %s: %w", prefix, classed(err))
		}
		if err := s.deletePage(ctx, page.Contents, keep); err != nil {
			return fmt.Errorf("delete %s: %w", prefix, err)
		}
		if list.ContinuationToken = page.NextContinuationToken; !aws.ToBool(page.IsTruncated) {
			return nil
		}
	}
	return fmt.Errorf("delete %s: more than %d pages of objects", prefix, maxPages)
}

// Delete removes the objects of these keys. That one is not there is no error.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for some := range slices.Chunk(keys, maxListed) {
		var gone []types.ObjectIdentifier
		for _, key := range some {
			gone = append(gone, types.ObjectIdentifier{Key: aws.String(key)})
		}
		if err := s.deleteObjects(ctx, gone); err != nil {
			return fmt.Errorf("delete %d objects: %w", len(keys), err)
		}
	}
	return nil
}

func (s *Store) deletePage(ctx context.Context, page []types.Object, keep []string) error {
	var gone []types.ObjectIdentifier
	for _, o := range page {
		if !slices.Contains(keep, aws.ToString(o.Key)) {
			gone = append(gone, types.ObjectIdentifier{Key: o.Key})
		}
	}
	return s.deleteObjects(ctx, gone)
}

// deleteObjects deletes at most maxListed of them.
func (s *Store) deleteObjects(ctx context.Context, gone []types.ObjectIdentifier) error {
	if len(gone) == 0 {
		return nil
	}
	out, err := s.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &s.bucket, Delete: &types.Delete{Objects: gone, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return classed(err)
	}
	return undeleted(out.Errors)
}

// undeleted names the first objects that a deletion left. To S3 an object that is not
// there is deleted; others say that somebody else was faster.
func undeleted(all []types.Error) error {
	all = slices.DeleteFunc(all, func(e types.Error) bool { return aws.ToString(e.Code) == "NoSuchKey" })
	var err error
	for _, e := range all[:min(maxReported, len(all))] {
		err = errors.Join(err, fmt.Errorf("%s: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message)))
	}
	if err != nil {
		return fmt.Errorf("%d objects are left: %w", len(all), err)
	}
	return nil
}
