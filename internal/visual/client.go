package visual

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/volcengine/volc-sdk-golang/base"
	sdk "github.com/volcengine/volc-sdk-golang/service/visual"

	"volcimage/internal/task"
)

const (
	defaultEndpoint = "https://visual.volcengineapi.com"
	defaultRegion   = "cn-north-1" // the vendor's pages fix it for this service
	defaultService  = "cv"
	// defaultTimeout covers one call from connecting to the last byte. The image
	// models answer a submit at once, so what takes longer is broken.
	defaultTimeout = 30 * time.Second
)

// Config is how a [Client] reaches the service. AccessKey and SecretKey are
// needed; what else is left zero has a default.
type Config struct {
	AccessKey, SecretKey string
	Region, Service      string // part of the signature: cn-north-1, cv
	// Endpoint is scheme and host: https://visual.volcengineapi.com. Another one
	// is the emulator, or a proxy of one's own.
	Endpoint string
	// HTTP is the client to send by; it must not send a request twice. nil: one of
	// our own, with time-outs.
	HTTP    *http.Client
	Timeout time.Duration // of one call: 30 s
	// Label is how pictures are labelled as generated; {id} in its numbers stands for
	// the provider's id of the job. Zero: as the provider does by itself.
	Label task.Label
	Log   *slog.Logger // a line at debug level for each call; nil: none
}

// Client calls the service. It may be used by many goroutines.
type Client struct {
	sdk     *base.Client // configured once, then read only
	log     *slog.Logger
	label   task.Label
	secrets []string // never to be written anywhere
	unknown tally
}

// New makes a client. Only the keys given here are used, never those that the SDK
// finds in the environment or the home folder.
func New(cfg Config) (*Client, error) {
	if cfg.AccessKey == "" || cfg.SecretKey == "" {
		return nil, errors.New("visual: access key and secret key are both needed")
	}
	u, err := parseEndpoint(cmp.Or(cfg.Endpoint, defaultEndpoint))
	if err != nil {
		return nil, err
	}
	c := &Client{
		sdk: sdk.NewInstance().Client, log: cfg.Log, label: cfg.Label,
		secrets: []string{cfg.SecretKey, cfg.AccessKey},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.sdk.Client = httpClient(cfg.HTTP)
	// The SDK's own table is shared by the whole process, and whoever writes to it
	// would change our calls.
	c.sdk.ApiInfoList = actions()
	// Whole, not by setters: these ignore empty strings, and so would leave what
	// the SDK found elsewhere, a session token for one.
	c.sdk.ServiceInfo.Credentials = base.Credentials{
		AccessKeyID: cfg.AccessKey, SecretAccessKey: cfg.SecretKey,
		Region: cmp.Or(cfg.Region, defaultRegion), Service: cmp.Or(cfg.Service, defaultService),
	}
	c.sdk.ServiceInfo.Scheme, c.sdk.ServiceInfo.Host = u.Scheme, u.Host
	c.sdk.SetCustomTimeout(cmp.Or(max(cfg.Timeout, 0), defaultTimeout))
	return c, nil
}

// parseEndpoint wants scheme and host and nothing else. It does not quote what it
// refuses: there may be a password in it.
func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("visual: the endpoint is not an address")
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return nil, errors.New("visual: the endpoint must be like " + defaultEndpoint)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("visual: the endpoint at %s must be scheme and host alone", u.Host)
	}
	return u, nil
}

// The two actions of every asynchronous image model, and their version.
const (
	actionSubmit = "CVSync2AsyncSubmitTask"
	actionResult = "CVSync2AsyncGetResult"
	version      = "2022-08-31"
)

func actions() map[string]*base.ApiInfo {
	m := map[string]*base.ApiInfo{}
	for _, name := range []string{actionSubmit, actionResult} {
		m[name] = &base.ApiInfo{
			Method: http.MethodPost, Path: "/",
			Query: url.Values{"Action": {name}, "Version": {version}},
		}
	}
	return m
}

// UnknownCodes counts the provider's codes that are not in our table, by code.
func (c *Client) UnknownCodes() map[string]int64 { return c.unknown.snapshot() }
