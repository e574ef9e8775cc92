package stack

import (
	"fmt"
	"strings"
	"testing"

	"volcimage/internal/aws/awstest"
	"volcimage/internal/tests/measured"
)

// Prices in US dollars of us-east-1, as docs/deploy.md has them.
const (
	perWriteUnit  = 0.625e-6
	perReadUnit   = 0.125e-6
	perSQSRequest = 0.4e-6
	perPut        = 5e-6
)

// mapped is how many requests the event source mapping makes for each message: it
// receives it and deletes it.
const mapped = 2

// bill is the table of what a picture takes, by part of its life.
type bill struct{ rows strings.Builder }

func (b *bill) add(what string, c awstest.Cost) {
	fmt.Fprintf(&b.rows, "| %s | %g | %g | %d | %d | %d |\n", what, c.Write, c.Read, of(c, "DynamoDB."), of(c, "SQS."), of(c, "S3."))
}

// of counts the requests of a service.
func of(c awstest.Cost, service string) (n int) {
	for name, times := range c.Requests {
		if strings.HasPrefix(name, service) {
			n += times
		}
	}
	return n
}

func (b *bill) write(t *testing.T, all awstest.Cost) {
	t.Helper()
	b.add("**one picture**", all)
	steps := strings.Count(b.rows.String(), "\n") - 2 // neither the submit nor the sum
	queue := of(all, "SQS.") + mapped*steps
	price := 1000 * (perWriteUnit*all.Write + perReadUnit*all.Read + perSQSRequest*float64(queue) + perPut*float64(of(all, "S3.")))
	measured.Write(t, "requests", "| | write units | read units | DynamoDB requests | SQS | S3 |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"+b.rows.String()+
		fmt.Sprintf("\nWith %d requests by the event source mapping, 1,000 pictures take %.0f write and %.0f read units, %d requests of SQS and %d puts: "+
			"%.3f US dollars at the prices of [deploy.md](deploy.md#cost).\n", mapped*steps, 1000*all.Write, 1000*all.Read, 1000*queue, 1000*of(all, "S3."), price))
}
