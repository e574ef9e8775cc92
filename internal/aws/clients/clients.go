// Package clients makes the clients of AWS's services, all with the same time-outs
// and the same credentials.
package clients

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"
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

// New makes clients of a configuration, with Transport as its HTTP client.
func New(c aws.Config) Clients { return Clients{config: c, Clock: new(Clock)} }

// Transport is how services are called. It is the SDK's own kind of client: to any
// other the SDK could not add the certificates that AWS_CA_BUNDLE names.
func Transport() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTimeout(callTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })
}

// FromLambda makes the clients of a function, from the variables that Lambda sets:
// region and credentials, which stay valid as long as the process runs. Where an
// emulator takes the place of AWS, AWS_ENDPOINT_URL says so. The SDK's own loader
// brings along every other way to log in, a megabyte of each function; package
// account is for those who need it.
func FromLambda(lookup func(string) (string, bool)) (Clients, error) {
	set := map[string]string{}
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if set[name], _ = lookup(name); set[name] == "" {
			return Clients{}, fmt.Errorf("%s: must be set, as Lambda does it", name)
		}
	}
	token, _ := lookup("AWS_SESSION_TOKEN")
	c := aws.Config{
		Region:        set["AWS_REGION"],
		Credentials:   credentials.NewStaticCredentialsProvider(set["AWS_ACCESS_KEY_ID"], set["AWS_SECRET_ACCESS_KEY"], token),
		HTTPClient:    Transport(),
		Logger:        logging.NewStandardLogger(os.Stderr),
		ConfigSources: []any{endpoints(lookup)},
		// What the loader sets, too: uploads have a checksum, and those of downloads
		// are compared.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
	if at, _ := lookup("AWS_ENDPOINT_URL"); at != "" {
		c.BaseEndpoint = &at
	}
	return New(c), nil
}

// endpoints is asked by the SDK whether a service has an address of its own, such as
// AWS_ENDPOINT_URL_DYNAMODB.
type endpoints func(string) (string, bool)

// GetServiceBaseEndpoint implements what the SDK looks for among ConfigSources.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (at string, found bool, err error) {
	at, _ = e("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return at, at != "", nil
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
