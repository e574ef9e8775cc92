// Package account finds the AWS account of an operator as every tool of AWS does: in
// the environment, in the files of ~/.aws, by single sign-on.
package account

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Load reads the configuration of the account, whose services are called by client.
func Load(ctx context.Context, client config.HTTPClient) (aws.Config, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return c, nil
}
