package visualtest

import "net/http"

// outcome is a business code with its HTTP status and the service's own words.
type outcome struct {
	http    int
	code    int
	message string
}

const (
	codeSuccess     = 10000
	codeInvalid     = 50200
	codeNoTask      = 50215
	codeDenied      = 50400
	codeTextRisk    = 50412
	codeWordRisk    = 50413
	codePictureRisk = 50511
	codeCopyright   = 50519
	codeQPS         = 50429
	codeConcurrency = 50430
	codeInternal    = 50500
)

// messages are the vendor's texts, printed alike on all its pages of image models.
var messages = map[int]string{
	codeSuccess:     "Success",
	codeNoTask:      "Input invalid for this service.",
	codeDenied:      "Access Denied: Internal Error",
	50411:           "Pre Img Risk Not Pass",
	codeTextRisk:    "Text Risk Not Pass",
	codeWordRisk:    "Post Text Risk Not Pass",
	codePictureRisk: "Post Img Risk Not Pass",
	50512:           "Post Text Risk Not Pass",
	50518:           "Pre Img Risk Not Pass: Copyright",
	codeCopyright:   "Post Img Risk Not Pass: Copyright",
	50520:           "Risk Internal Error",
	50521:           "Antidirt Internal Error",
	50522:           "Image Copyright Internal Error",
	codeQPS:         "Request Has Reached API Limit, Please Try Later",
	codeConcurrency: "Request Has Reached API Concurrent Limit, Please Try Later",
	codeInternal:    "Internal Error",
	50501:           "Internal RPC Error",
}

// outcomeOf is how the service reports a code. One that it has no text for gets
// one that says so.
func outcomeOf(code int) outcome {
	message, ok := messages[code]
	if !ok {
		message = "Unknown Error"
	}
	status := http.StatusBadRequest
	switch code {
	case codeSuccess:
		status = http.StatusOK
	case codeQPS, codeConcurrency:
		status = http.StatusTooManyRequests
	case codeInternal, 50501:
		status = http.StatusInternalServerError
	}
	return outcome{status, code, message}
}

// refuse is an answer without data.
func refuse(code int) answer { return answer{outcome: outcomeOf(code)} }

// invalid refuses a parameter, naming the rule.
func invalid(rule string) answer {
	return answer{outcome: outcome{http.StatusBadRequest, codeInvalid, rule}}
}

// succeed is an answer with data.
func succeed(data any) answer {
	return answer{outcome: outcomeOf(codeSuccess), data: data}
}
