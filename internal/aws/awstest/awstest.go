// Package awstest is for tests of what runs on AWS: where their services are, and
// what a call costs.
package awstest

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// Config is the configuration for tests against a stand-in. It skips the test
// where none of the services has an address, so that nobody's account is touched
// by mistake.
func Config(t testing.TB, services ...string) aws.Config {
	t.Helper()
	for _, s := range services {
		if os.Getenv("AWS_ENDPOINT_URL_"+s) == "" {
			t.Skipf("needs make test-aws: AWS_ENDPOINT_URL_%s is not set", s)
		}
	}
	// DynamoDB Local's error answers have checksums that the SDK warns about.
	c, err := config.LoadDefaultConfig(t.Context(), config.WithLogger(logging.Nop{}))
	if err != nil {
		t.Fatalf("load the AWS configuration: %v", err)
	}
	return c
}
