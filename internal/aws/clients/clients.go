// Package clients makes the clients of AWS's services, all with the same time-outs
// and the same credentials.
package clients

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const (
	// connectTimeout is for the way to a service in the same region: what takes
	// longer is broken, and another try reaches another machine.
	connectTimeout = 2 * time.Second
	// callTimeout bounds one try, the largest being a picture of 30 MB put into its
	// bucket.
	callTimeout = 15 * time.Second
)

// Clients makes clients.
type Clients struct {
	config aws.Config
	// Clock is that of the tables whose clients were made here.
	Clock *Clock
}

// Load reads the configuration from the environment: region, credentials, and
// where an emulator takes the place of AWS.
func Load(ctx context.Context) (Clients, error) {
	// Not a client of our own: the SDK could not add the certificates that
	// AWS_CA_BUNDLE names to it.
	transport := awshttp.NewBuildableClient().WithTimeout(callTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })
	c, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(transport))
	if err != nil {
		return Clients{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return Clients{config: c, Clock: new(Clock)}, nil
}

// DynamoDB is the client of tables.
func (c Clients) DynamoDB() *dynamodb.Client {
	return dynamodb.NewFromConfig(c.config, func(o *dynamodb.Options) { o.APIOptions = append(o.APIOptions, c.Clock.attach) })
}

// SQS is the client of queues.
func (c Clients) SQS() *sqs.Client { return sqs.NewFromConfig(c.config) }

// Secrets is the client of Secrets Manager.
func (c Clients) Secrets() *secretsmanager.Client { return secretsmanager.NewFromConfig(c.config) }

// S3 is the client of buckets. byPath names the bucket in the path instead of the
// host, for emulators.
func (c Clients) S3(byPath bool) *s3.Client {
	return s3.NewFromConfig(c.config, func(o *s3.Options) { o.UsePathStyle = byPath })
}
