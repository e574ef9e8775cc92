package s3_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/s3"
	"volcimage/internal/conformance"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	conformance.Objects(t, func(t *testing.T) conformance.ObjectsUnderTest {
		client, bucket := open(t)
		return conformance.ObjectsUnderTest{
			ObjectStore: s3.New(client, bucket, s3.Options{}),
			Expired:     s3.New(client, bucket, s3.Options{Now: func() time.Time { return time.Now().Add(-time.Hour) }}).Link,
			Do:          http.DefaultClient.Do,
		}
	})
}

// open makes a bucket of its own for the test.
func open(t *testing.T) (*sdk.Client, string) {
	t.Helper()
	client := sdk.NewFromConfig(awstest.Config(t, "S3"), func(o *sdk.Options) { o.UsePathStyle = true })
	bucket := "b-" + strings.ToLower(rand.Text())
	if _, err := client.CreateBucket(t.Context(), &sdk.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatalf("create the bucket: %v", err)
	}
	return client, bucket
}
