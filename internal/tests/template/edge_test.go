package template

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-lambda-go/events"

	"volcimage/internal/embedded/host"
	"volcimage/internal/handler"
	"volcimage/internal/library"
)

func TestC44HTTP(t *testing.T) {
	f := read(t)
	t.Run("everything goes one way, as it came", func(t *testing.T) {
		routes := f.resources("AWS::ApiGatewayV2::Route")
		if len(routes) != 1 || f.at("HttpRoute", "RouteKey") != "$default" || text(f.at("HttpRoute", "Target")) != "integrations/${HttpIntegration}" {
			t.Errorf("routes %v", routes)
		}
		if f.at("HttpStage", "StageName") != "$default" || f.at("HttpStage", "AutoDeploy") != true {
			t.Errorf("stage %v", f.resource("HttpStage"))
		}
		if f.at("HttpIntegration", "PayloadFormatVersion") != "2.0" || !strings.Contains(text(f.at("HttpIntegration", "IntegrationUri")), "functions/${Api.Arn}:live/") {
			t.Errorf("integration %v", f.resource("HttpIntegration"))
		}
		if f.at("Http", "CorsConfiguration") != nil || f.at("Http", "ProtocolType") != "HTTP" {
			t.Errorf("the gateway would set headers that are the api's: %v", f.resource("Http"))
		}
		if got := text(f.at("HttpPermission", "FunctionName")); got != "Api.Alias" || f.at("HttpPermission", "Action") != "lambda:InvokeFunction" {
			t.Errorf("it may call %s", got)
		}
	})
	t.Run("an address without a gateway exists on an emulator alone, and the rest elsewhere alone", func(t *testing.T) {
		for name, local := range map[string]bool{
			"ApiUrl": true, "ApiUrlPermission": true, "ApiUrlInvokePermission": true,
			"Http": false, "HttpRoute": false, "HttpStage": false, "HttpIntegration": false, "HttpPermission": false,
			"Distribution": false, "SitePolicy": false, "PicturesPolicy": false, "ApiKeys": false, "EdgeKey": false,
		} {
			for _, stage := range stages {
				if got := f.with("Stage", stage).exists(name); got != ((stage == "local") == local) {
					t.Errorf("%s at the stage %s: %v", name, stage, got)
				}
			}
		}
		for name, r := range f.resources("AWS::Serverless::Function") {
			if walk(r, "Properties.FunctionUrlConfig") != nil {
				t.Errorf("%s has a FunctionUrlConfig, which SAM makes for every stage", name)
			}
		}
	})
	t.Run("sam local finds the route: it looks no further than the first function", func(t *testing.T) {
		if first := strings.Index(source(t), "Type: AWS::Serverless::Function"); first < strings.Index(source(t), "Type: AWS::ApiGatewayV2::Route") {
			t.Error("a function stands before the route")
		}
	})
}

func TestDistribution(t *testing.T) {
	f := read(t)
	c := f.at("Distribution", "DistributionConfig").(object)
	t.Run("the api is not cached and gets all but the host", func(t *testing.T) {
		behaviors := c["CacheBehaviors"].([]any)
		api := behaviors[0].(object)
		if len(behaviors) != 1 || api["PathPattern"] != "/api/*" || api["TargetOriginId"] != "api" ||
			api["CachePolicyId"] != "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" || api["OriginRequestPolicyId"] != "b689b0a8-53d0-40ab-baf2-68738e2966ac" {
			t.Errorf("behaviour %v", api)
		}
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			if !slices.Contains(texts(api["AllowedMethods"]), method) {
				t.Errorf("%s does not pass", method)
			}
		}
		if c["CustomErrorResponses"] != nil {
			t.Error("its error pages would hide the api's answers")
		}
	})
	t.Run("the api knows it by a secret, the page's bucket by its name", func(t *testing.T) {
		origins := c["Origins"].([]any)
		header := walk(origins[1], "OriginCustomHeaders").([]any)[0].(object)
		if text(header["HeaderValue"]) != "{{resolve:secretsmanager:${EdgeKey}}}" {
			t.Errorf("header %v", header)
		}
		for _, prefix := range []string{"x-edge-", "x-amz-", "x-real-ip"} {
			if strings.HasPrefix(strings.ToLower(text(header["HeaderName"])), prefix) {
				t.Errorf("CloudFront refuses to add %v", header["HeaderName"])
			}
		}
		if walk(origins[1], "CustomOriginConfig.OriginProtocolPolicy") != "https-only" || text(walk(origins[0], "OriginAccessControlId")) != "SiteAccess.Id" {
			t.Errorf("origins %v", origins)
		}
		if f.at("SiteAccess", "OriginAccessControlConfig.SigningBehavior") != "always" {
			t.Error("it does not sign what it asks of the bucket")
		}
	})
	t.Run("and learns from it who asks", func(t *testing.T) {
		association := walk(c["CacheBehaviors"].([]any)[0], "FunctionAssociations").([]any)[0].(object)
		if association["EventType"] != "viewer-request" || text(association["FunctionARN"]) != "ViewerAddress.FunctionARN" || f.at("ViewerAddress", "AutoPublish") != true {
			t.Errorf("association %v", association)
		}
		set := regexp.MustCompile(`event\.request\.headers\["([a-z-]+)"\] = { value: event\.viewer\.ip };`).FindStringSubmatch(text(f.at("ViewerAddress", "FunctionCode")))
		if set == nil {
			t.Fatalf("it runs\n%v", f.at("ViewerAddress", "FunctionCode"))
		}
		key := strings.ToLower(text(walk(c["Origins"].([]any)[1], "OriginCustomHeaders").([]any)[0].(object)["HeaderName"]))
		var e events.APIGatewayV2HTTPRequest
		e.RequestContext.HTTP.SourceIP, e.Headers = "192.0.2.1", map[string]string{key: "k", set[1]: "203.0.113.7"}
		h := handler.Edge("k", func(_ context.Context, e events.APIGatewayV2HTTPRequest) (answer events.APIGatewayV2HTTPResponse, _ error) {
			if got := e.RequestContext.HTTP.SourceIP; got != "203.0.113.7" {
				t.Errorf("the api takes %s for who asks", got)
			}
			return answer, nil
		})
		if _, err := h(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("the page comes by TLS, with the headers that it has on one machine", func(t *testing.T) {
		page := c["DefaultCacheBehavior"].(object)
		if page["ViewerProtocolPolicy"] != "redirect-to-https" || text(page["ResponseHeadersPolicyId"]) != "SiteHeaders" || page["TargetOriginId"] != "site" {
			t.Errorf("behaviour %v", page)
		}
		h, err := host.Site(fstest.MapFS{"index.html": {Data: []byte("x")}})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		p := f.at("SiteHeaders", "ResponseHeadersPolicyConfig").(object)
		got := map[string]string{
			"Content-Security-Policy":   text(walk(p, "SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy")),
			"Referrer-Policy":           text(walk(p, "SecurityHeadersConfig.ReferrerPolicy.ReferrerPolicy")),
			"Strict-Transport-Security": "max-age=" + text(walk(p, "SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec")),
			"X-Content-Type-Options":    "nosniff", // the one value that there is
		}
		if walk(p, "SecurityHeadersConfig.ContentTypeOptions.Override") != true {
			t.Error("X-Content-Type-Options is not sent")
		}
		for _, item := range walk(p, "CustomHeadersConfig.Items").([]any) {
			got[text(item.(object)["Header"])] = text(item.(object)["Value"])
		}
		for name, value := range got {
			want := w.Header().Get(name)
			if name == "Content-Security-Policy" { // pictures come from their bucket
				want = strings.Replace(want, "img-src 'self' blob: data:", "img-src 'self' blob: data: https://${Pictures.RegionalDomainName}", 1)
			}
			if value != want {
				t.Errorf("%s is\n%s\nwant\n%s", name, value, want)
			}
		}
		for _, name := range []string{"Cache-Control", "Content-Type", "Etag", "Vary", "Accept-Ranges", "Content-Length", "Last-Modified"} {
			w.Header().Del(name) // of the file, not of the policy
		}
		for name := range w.Header() {
			if _, ok := got[name]; !ok {
				t.Errorf("%s is sent on one machine and not here", name)
			}
		}
	})
}

func TestBuckets(t *testing.T) {
	f := read(t)
	for name := range f.resources("AWS::S3::Bucket") {
		t.Run(name+" is private, encrypted and answers by TLS alone", func(t *testing.T) {
			for _, what := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				if f.at(name, "PublicAccessBlockConfiguration."+what) != true {
					t.Errorf("%s is not set", what)
				}
			}
			if !strings.Contains(text(f.at(name, "BucketEncryption.ServerSideEncryptionConfiguration")), "AES256") {
				t.Error("it is not encrypted")
			}
			if !strings.Contains(text(f.at(name, "OwnershipControls.Rules")), "BucketOwnerEnforced") {
				t.Error("who puts something in may own it")
			}
			deny := f.at(name+"Policy", "PolicyDocument.Statement").([]any)[0].(object)
			if deny["Effect"] != "Deny" || deny["Action"] != "s3:*" || walk(deny, "Condition.Bool.aws:SecureTransport") != "false" ||
				!slices.Equal(texts(deny["Resource"]), []string{name + ".Arn", "${" + name + ".Arn}/*"}) {
				t.Errorf("statement %v", deny)
			}
		})
	}
	t.Run("what is left over goes by itself, what rows name goes by the janitor alone", func(t *testing.T) {
		for _, rule := range f.at("Pictures", "LifecycleConfiguration.Rules").([]any) {
			r := rule.(object)
			expires, prefix := r["ExpirationInDays"], r["Prefix"]
			if expires != nil && (prefix != library.TempPrefix || expires != 1 || r["Status"] != "Enabled") {
				t.Errorf("rule %v, want it to end copies alone: a favourite is kept, however old", r)
			}
			if expires == nil && walk(r, "AbortIncompleteMultipartUpload.DaysAfterInitiation") != 1 {
				t.Errorf("rule %v", r)
			}
		}
		if n := len(f.at("Pictures", "LifecycleConfiguration.Rules").([]any)); n != 2 {
			t.Errorf("%d rules, want those for copies and for uploads that did not end", n)
		}
	})
}
