package visual

import (
	"bytes"
	"encoding/json"
	"errors"

	"volcimage/internal/catalog"
)

// answer is one of two envelopes: the service's own, or its gateway's where the
// call never reached the service. Its "status" is left out on purpose: it repeats
// code, or is absent, and data has one of another type.
type answer struct {
	Code      text            `json:"code"`
	Message   text            `json:"message"`
	RequestID text            `json:"request_id"`
	Data      json.RawMessage `json:"data"`
	Gateway   *struct {
		RequestID text `json:"RequestId"`
		Error     *struct{ CodeN, Code, Message text }
	} `json:"ResponseMetadata"`
}

// text is a string, or a number in its own digits: an id of twenty digits does not
// survive a float64. Anything else is empty.
type text string

// UnmarshalJSON never fails: a field of another type is not worth an answer.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch c := b[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case c == '-' || c >= '0' && c <= '9':
		*t = text(b)
	}
	return nil
}

// parseAnswer reads a body. An answer in which no code can be found is an error.
func parseAnswer(body []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, err
	}
	if g := a.Gateway; g != nil && g.Error != nil {
		// The gateway's word goes before everything else.
		a.Code, a.Message, a.RequestID, a.Data = g.Error.CodeN, g.Error.Message, g.RequestID, nil
		if a.Code == "" || a.Code == "0" {
			a.Code = g.Error.Code
		}
	}
	if a.Code == "" {
		return answer{}, errors.New("no code in the answer")
	}
	return a, nil
}

func (a answer) success() bool { return a.Code == catalog.CodeSuccess }

// decode reads data. null is not data.
func (a answer) decode(v any) error {
	if len(a.Data) == 0 || bytes.Equal(a.Data, []byte("null")) {
		return errors.New("no data in the answer")
	}
	return json.Unmarshal(a.Data, v)
}

type submitData struct {
	TaskID text `json:"task_id"`
}

type resultData struct {
	Status text     `json:"status"`
	Links  []text   `json:"image_urls"`
	Base64 [][]byte `json:"binary_data_base64"` // encoding/json decodes base64
}
