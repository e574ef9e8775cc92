package visualtest

import (
	"crypto/hmac"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// gatewayError is a refusal before any model is reached. It comes in an envelope of
// its own.
type gatewayError struct {
	http    int
	CodeN   int
	Code    string
	Message string
}

type gatewayEnvelope struct {
	ResponseMetadata struct {
		RequestID string `json:"RequestId"`
		Action    string
		Version   string
		Service   string
		Region    string
		Error     *gatewayError
	}
}

// gateway is the front of the service: it looks for the action, then at who calls.
func (s *Server) gateway(r *http.Request, body []byte, now time.Time) *gatewayError {
	if r.Method != http.MethodPost {
		return &gatewayError{http.StatusMethodNotAllowed, 100008, "InvalidActionOrVersion", "the actions take POST only"}
	}
	if len(body) > maxBody {
		return &gatewayError{http.StatusRequestEntityTooLarge, 100004, "MissingRequestInfo", "the body is longer than 1 MiB"}
	}
	if e := checkAction(r.URL.Query()); e != nil {
		return e
	}
	e := s.authenticate(r, body, now)
	if e != nil {
		s.mu.Lock()
		s.stats.SignatureFailures++
		s.mu.Unlock()
	}
	return e
}

func checkAction(q url.Values) *gatewayError {
	for _, name := range []string{"Action", "Version"} {
		if q.Get(name) == "" {
			return &gatewayError{http.StatusBadRequest, 100002, "MissingParameter", "The request is missing the " + name + " parameter."}
		}
	}
	known := q.Get("Action") == actionSubmit || q.Get("Action") == actionResult
	if !known || q.Get("Version") != version {
		return &gatewayError{http.StatusNotFound, 100008, "InvalidActionOrVersion", "Could not find operation " + q.Get("Action") + " for version " + q.Get("Version") + "."}
	}
	return nil
}

// authenticate checks the request as the service does: the header's form, the clock,
// the key's name, the hash of the body, the signature.
func (s *Server) authenticate(r *http.Request, body []byte, now time.Time) *gatewayError {
	header := r.Header.Get("Authorization")
	if header == "" {
		return &gatewayError{http.StatusUnauthorized, 100003, "MissingAuthenticationToken", "The request is missing the Authorization header."}
	}
	c, ok := parseAuthorization(header)
	switch {
	case !ok:
		return &gatewayError{http.StatusBadRequest, 100004, "MissingRequestInfo", "The Authorization header is incomplete or malformed."}
	case c.signature == "":
		return &gatewayError{http.StatusUnauthorized, 100005, "MissingSignature", "The Authorization header has no Signature."}
	}
	if e := checkDate(r.Header.Get("X-Date"), c.date, now); e != nil {
		return e
	}
	if c.service != service {
		return &gatewayError{http.StatusNotFound, 100007, "ServiceNotFound", "Could not find service " + c.service + "."}
	}
	if s.cfg.AccessKey == "" || !hmac.Equal([]byte(c.accessKey), []byte(s.cfg.AccessKey)) {
		return &gatewayError{http.StatusUnauthorized, 100009, "InvalidAccessKey", "The access key is not known."}
	}
	return s.checkSignature(r, body, c)
}

// checkDate: the day signed for is the day of X-Date, and X-Date is near now.
func checkDate(stamp, day string, now time.Time) *gatewayError {
	at, err := time.Parse(dateForm, stamp)
	if err != nil || stamp[:8] != day {
		return &gatewayError{http.StatusBadRequest, 100006, "InvalidTimestamp", "X-Date is missing, malformed, or not of the day in the credential."}
	}
	if at.Before(now.Add(-maxSkew)) || at.After(now.Add(maxSkew)) {
		return &gatewayError{http.StatusBadRequest, 100006, "InvalidTimestamp", "The signature is expired or not valid yet: X-Date is more than 15 minutes away."}
	}
	return nil
}

func (s *Server) checkSignature(r *http.Request, body []byte, c credential) *gatewayError {
	mismatch := func(why string) *gatewayError {
		return &gatewayError{http.StatusUnauthorized, 100010, "SignatureDoesNotMatch", "The request signature does not match: " + why}
	}
	hash := hexSHA256(body)
	switch stated := r.Header.Get("X-Content-Sha256"); {
	case c.region != region:
		return mismatch("the credential's region must be " + region + ".")
	case !slices.Contains(c.headers, "host") || !slices.Contains(c.headers, "x-date"):
		return mismatch("host and x-date must be signed.")
	case stated != "" && stated != hash:
		return mismatch("X-Content-Sha256 is not the hash of the body.")
	case !hmac.Equal([]byte(c.signature), []byte(sign(r, hash, s.cfg.SecretKey, c))):
		return mismatch("check the secret key and the way of signing.")
	}
	return nil
}

func (s *Server) refuseAtGateway(w http.ResponseWriter, r *http.Request, e *gatewayError) {
	s.cfg.Log.Info("refused at the gateway", "code", e.Code, "message", e.Message)
	var g gatewayEnvelope
	m := &g.ResponseMetadata
	m.RequestID, m.Service, m.Region, m.Error = newRequestID(s.cfg.Now()), service, region, e
	m.Action, m.Version = r.URL.Query().Get("Action"), r.URL.Query().Get("Version")
	body, err := json.Marshal(g)
	if err != nil {
		s.cfg.Log.Error("encode refusal", "error", err)
	}
	writeJSON(w, e.http, body)
}
