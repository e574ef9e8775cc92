package s3

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"volcimage/internal/task"
)

// maxListed is how many objects S3 lists, or deletes, in one call.
const maxListed = 1000

// List is a page of the objects whose keys begin with prefix and lie behind the key
// after, at most limit of them (1,000, the most S3 gives), in order of their keys.
// next continues it, and is empty at the end. The prefix must name at least one
// whole folder.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) (page []task.Stored, next string, err error) {
	if strings.LastIndexByte(prefix, '/') < 1 || limit < 1 {
		return nil, "", fmt.Errorf("list %d objects: %q is not a prefix", limit, prefix)
	}
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix, MaxKeys: aws.Int32(int32(min(limit, maxListed)))}
	if after != "" {
		in.StartAfter = &after
	}
	out, err := s.client.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, "", fmt.Errorf("list %s: %w", prefix, classed(err))
	}
	for _, o := range out.Contents {
		page = append(page, task.Stored{Key: aws.ToString(o.Key), Bytes: aws.ToInt64(o.Size), At: aws.ToTime(o.LastModified)})
	}
	if aws.ToBool(out.IsTruncated) && len(page) > 0 {
		next = page[len(page)-1].Key
	}
	return page, next, nil
}
