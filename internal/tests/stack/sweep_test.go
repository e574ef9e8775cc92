package stack

import (
	"crypto/rand"
	"strings"
	"testing"

	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/aws/dynamo"
	"volcimage/internal/aws/s3"
	"volcimage/internal/conformance"
)

func TestObjectsAndRowsAreHeldAgainstEachOtherOnAWS(t *testing.T) {
	conformance.Sweeps(t, func(t *testing.T) conformance.SweepUnderTest {
		c := awstest.Config(t, "DYNAMODB", "S3")
		db := sdkdynamodb.NewFromConfig(c)
		buckets := sdks3.NewFromConfig(c, func(o *sdks3.Options) { o.UsePathStyle = true })
		name := "sweep-" + strings.ToLower(rand.Text())
		if _, err := db.CreateTable(t.Context(), dynamo.Table(name)); err != nil {
			t.Fatalf("create the table: %v", err)
		}
		if _, err := buckets.CreateBucket(t.Context(), &sdks3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatalf("create the bucket: %v", err)
		}
		return conformance.SweepUnderTest{StoreUnderTest: dynamo.New(db, name), Objects: s3.New(buckets, name, s3.Options{})}
	})
}
