package visualtest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"volcimage/internal/catalog"
)

func TestSubmitRules(t *testing.T) {
	g := newRig(t, Config{})
	const v40, v46, v31 = "jimeng_t2i_v40", "jimeng_seedream46_cvtob", "jimeng_t2i_v31"
	for _, c := range []struct {
		name, model, fields string
		rule                string // "" is accepted
	}{
		{"a prompt alone", v40, `"prompt":"海"`, ""},
		{"no prompt", v40, `"width":2048`, "prompt is required"},
		{"an empty prompt", v40, `"prompt":" "`, "prompt can not be empty"},
		{"a prompt that is a number", v40, `"prompt":5`, "prompt must be string"},
		{"800 characters", v40, `"prompt":"` + strings.Repeat("星", 800) + `"`, ""},
		{"801 characters", v40, `"prompt":"` + strings.Repeat("星", 801) + `"`, "prompt can not be more than 800 chars"},
		{"an unknown field", v40, `"prompt":"海","negative_prompt":"x"`, "negative_prompt is not a parameter of jimeng_t2i_v40"},
		{"a seed where there is none", v40, `"prompt":"海","seed":5`, "seed is not a parameter of jimeng_t2i_v40"},
		{"a callback, which is not there", v40, `"prompt":"海","callback_url":"http://x"`, "callback_url is not a parameter of jimeng_t2i_v40"},
		{"logo_info at submit", v40, `"prompt":"海","logo_info":{}`, "logo_info is not a parameter of jimeng_t2i_v40"},

		{"the smallest square", v40, `"prompt":"海","width":1024,"height":1024`, ""},
		{"a pixel less", v40, `"prompt":"海","width":1023,"height":1024`, "width*height must in [1024 * 1024, 4096 * 4096]"},
		{"the largest square", v40, `"prompt":"海","width":4096,"height":4096`, ""},
		{"a column more", v40, `"prompt":"海","width":4097,"height":4096`, "width*height must in [1024 * 1024, 4096 * 4096]"},
		{"sides whose product overflows", v40, `"prompt":"海","width":2147483647,"height":2147483647`, "width*height must in [1024 * 1024, 4096 * 4096]"},
		{"negative sides", v40, `"prompt":"海","width":-2048,"height":-2048`, "width*height must in [1024 * 1024, 4096 * 4096]"},
		{"three to one", v40, `"prompt":"海","width":3072,"height":1024`, ""},
		{"wider than three to one", v40, `"prompt":"海","width":3088,"height":1024`, "width/height must in [0.3333, 3]"},
		{"wider, allowed by max_ratio", v40, `"prompt":"海","width":4096,"height":1024,"max_ratio":4`, ""},
		{"narrower than min_ratio", v40, `"prompt":"海","width":1024,"height":2048,"min_ratio":1`, "width/height must in [1, 3]"},
		{"ratios the wrong way round", v40, `"prompt":"海","min_ratio":2,"max_ratio":1`, "min_ratio can not be more than max_ratio"},
		{"max_ratio of 16", v40, `"prompt":"海","max_ratio":16`, "max_ratio must in [0.0625, 16)"},
		{"a width that is text", v40, `"prompt":"海","width":"2048","height":2048`, "width must be integer"},
		{"a width alone does nothing", v40, `"prompt":"海","width":5`, ""},
		{"an area", v40, `"prompt":"海","size":4194304`, ""},
		{"an area too small", v40, `"prompt":"海","size":1000`, "size must in [1024 * 1024, 4096 * 4096]"},
		{"an area where there is none", v31, `"prompt":"海","size":4194304`, "size is not a parameter of jimeng_t2i_v31"},

		{"scale on 4.0", v40, `"prompt":"海","scale":0.5`, ""},
		{"scale of 4.6 on 4.0", v40, `"prompt":"海","scale":50`, "scale must in [0, 1]"},
		{"scale on 4.6", v46, `"prompt":"海","scale":50`, ""},
		{"scale of 4.0 on 4.6", v46, `"prompt":"海","scale":0.5`, "scale must be integer"},
		{"scale that is text", v46, `"prompt":"海","scale":"50"`, "scale must be integer"},
		{"scale that is null", v46, `"prompt":"海","scale":null`, "scale must be integer"},
		{"force_single", v40, `"prompt":"海","force_single":true`, ""},
		{"force_single that is text", v40, `"prompt":"海","force_single":"yes"`, "force_single must be boolean"},
		{"force_single where there are no sets", v31, `"prompt":"海","force_single":true`, "force_single is not a parameter of jimeng_t2i_v31"},

		{"a seed", v31, `"prompt":"海","seed":2147483647`, ""},
		{"a random seed", v31, `"prompt":"海","seed":-1`, ""},
		{"a seed below", v31, `"prompt":"海","seed":-2`, "seed must in [0, 2147483647]"},
		{"a seed with a fraction", v31, `"prompt":"海","seed":1.5`, "seed must be integer"},
		{"use_pre_llm", v31, `"prompt":"海","use_pre_llm":false`, ""},
		{"use_pre_llm as number", v31, `"prompt":"海","use_pre_llm":1`, "use_pre_llm must be boolean"},
		{"the smallest of 3.1", v31, `"prompt":"海","width":512,"height":512`, ""},
		{"too small for 3.1", v31, `"prompt":"海","width":511,"height":512`, "width*height must in [512 * 512, 2048 * 2048]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := g.submitBody(fmt.Sprintf(`{"req_key":%q,%s}`, c.model, c.fields))
			if c.rule == "" {
				wantCode(t, c.fields, r, 200, codeSuccess)
				return
			}
			wantCode(t, c.fields, r, 400, codeInvalid)
			if r.Message != c.rule || r.Data != nil {
				t.Errorf("message %q, data %v; want %q and null", r.Message, r.Data, c.rule)
			}
		})
	}
	t.Run("every preset of the catalog is accepted", func(t *testing.T) {
		for _, m := range catalog.Models() {
			for _, p := range append(m.Size.Presets, m.Size.Default) {
				r := g.submitBody(fmt.Sprintf(`{"req_key":%q,"prompt":"海","width":%d,"height":%d}`, m.ID, p.Width, p.Height))
				wantCode(t, fmt.Sprintf("%s %+v", m.ID, p), r, 200, codeSuccess)
			}
		}
	})
	for _, body := range []string{``, `[]`, `null`, `{"req_key":`, `{} {}`, `"x"`} {
		t.Run("not one object: "+body, func(t *testing.T) {
			wantCode(t, body, g.submitBody(body), 400, codeInvalid)
		})
	}
	for _, body := range []string{`{}`, `{"req_key":"jimeng_t2i_v99","prompt":5}`, `{"req_key":7}`} {
		t.Run("an unknown model is denied before its fields are looked at: "+body, func(t *testing.T) {
			r := g.submitBody(body)
			wantCode(t, body, r, 400, codeDenied)
			if !strings.HasPrefix(r.Message, "Access Denied") {
				t.Errorf("message %q", r.Message)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	t.Run("task ids are decimal, of 19 or 20 digits, and different", func(t *testing.T) {
		g, seen := newRig(t, Config{}), map[string]bool{}
		form := regexp.MustCompile(`^[1-9][0-9]{18,19}$`)
		for range 50 {
			id := g.accepted("海")
			if !form.MatchString(id) || seen[id] {
				t.Fatalf("task id %q: malformed or repeated", id)
			}
			seen[id] = true
		}
	})
	t.Run("field errors come before moderation, moderation before limits", func(t *testing.T) {
		g := newRig(t, Config{Delay: time.Hour, Concurrency: 1})
		g.accepted("海")
		wantCode(t, "a broken field", g.submitBody(`{"req_key":"jimeng_t2i_v31","prompt":"#moderated-prompt","seed":"x"}`), 400, codeInvalid)
		wantCode(t, "a refused prompt", g.submit("海 #moderated-prompt"), 400, codeTextRisk)
		wantCode(t, "a full model", g.submit("海"), 429, codeConcurrency)
	})
	t.Run("a model takes so many tasks at once and more when some are done", func(t *testing.T) {
		g := newRig(t, Config{Delay: 10 * time.Second, Concurrency: 2})
		g.accepted("a")
		g.accepted("b")
		wantCode(t, "a third", g.submit("c"), 429, codeConcurrency)
		other := g.submitBody(`{"req_key":"jimeng_t2i_v40","prompt":"海","force_single":true}`)
		wantCode(t, "another model", other, 200, codeSuccess)
		if s := g.srv.Stats(); s.InFlight != 3 || s.MaxInFlight != 3 || s.Throttled != 1 {
			t.Errorf("stats %+v; want 3 in flight, 3 at most, 1 throttled", s)
		}
		g.advance(13 * time.Second)
		g.accepted("c")
		if s := g.srv.Stats(); s.InFlight != 1 || s.MaxInFlight != 3 {
			t.Errorf("stats %+v; want 1 in flight, 3 at most", s)
		}
	})
	t.Run("the catalog's limits hold where none are set", func(t *testing.T) {
		m, _ := catalog.Lookup(smallModel)
		srv := New(Config{})
		g := srv.gates[smallModel]
		if g.concurrency != m.Concurrency || g.submits.perSecond != m.QPS || g.polled.perSecond != m.QueryQPS {
			t.Errorf("limits %d %d %d, want those of %s", g.concurrency, g.submits.perSecond, g.polled.perSecond, m.ID)
		}
	})
	t.Run("submits and queries a second are bounded apart", func(t *testing.T) {
		g := newRig(t, Config{QPS: 2, QueryQPS: 3})
		id := g.accepted("a")
		g.accepted("a")
		wantCode(t, "a third submit", g.submit("a"), 429, codeQPS)
		for range 3 {
			wantCode(t, "query", g.query(id), 200, codeSuccess)
		}
		wantCode(t, "a fourth query", g.query(id), 429, codeQPS)
		g.advance(time.Second)
		g.accepted("a")
		wantCode(t, "a query a second later", g.query(id), 200, codeSuccess)
	})
	t.Run("a set has as many pictures as its prompt asks for", func(t *testing.T) {
		g := newRig(t, Config{})
		for prompt, want := range map[string]int{
			"四季,一组四张": 4, "4张海报": 4, "a set of 5 posters": 5, "6 images of cats": 6, "两幅对联": 2, "十二格漫画": 12,
			"海边的城市": 3, "一张分成三格的图": 3, "99张": 15,
		} {
			r := g.submitBody(fmt.Sprintf(`{"req_key":"jimeng_t2i_v40","prompt":%q,"force_single":false}`, prompt))
			q := g.queryBody(fmt.Sprintf(`{"req_key":"jimeng_t2i_v40","task_id":%q,"req_json":"{\"return_url\":true}"}`, r.task()))
			if got := len(q.result().Links); got != want {
				t.Errorf("%q: %d pictures, want %d", prompt, got, want)
			}
		}
	})
	t.Run("where only an area is given, the prompt chooses the ratio", func(t *testing.T) {
		for prompt, want := range map[string][2]int{
			"海": {2048, 2048}, "海 16:9": {2720, 1536}, "竖屏壁纸": {1760, 2352}, "a wide sea": {2720, 1536}, "海 1:9": {1168, 3536},
		} {
			m, _ := catalog.Lookup("jimeng_t2i_v40")
			o, broken := checkOrder(m, object{"prompt": prompt})
			if broken != nil || o.width != want[0] || o.height != want[1] {
				t.Errorf("%q: %d × %d, %v; want %v", prompt, o.width, o.height, broken, want)
			}
		}
	})
	t.Run("old tasks are forgotten when there are too many", func(t *testing.T) {
		l, m := newLedger(), catalog.Models()[0]
		now := time.Unix(0, 0)
		first := &entry{model: m, accepted: now, done: now}
		l.add(first)
		for range maxTasks {
			l.add(&entry{model: m, accepted: now, done: now})
		}
		l.prune(now)
		if len(l.order) > maxTasks || l.byID[first.id] != nil || len(l.byID) != len(l.order) {
			t.Errorf("%d tasks kept, first there: %v", len(l.order), l.byID[first.id] != nil)
		}
	})
	t.Run("prompts are counted within bounds", func(t *testing.T) {
		s := newSeen()
		for i := range maxSeen + 1 {
			s.add(uint64(i))
		}
		if got := s.add(maxSeen); got != 1 || len(s.count) != maxSeen || s.count[0] != 0 {
			t.Errorf("%d keys, the last seen %d times before, the first %d", len(s.count), got, s.count[0])
		}
	})
	t.Run("no other path is served", func(t *testing.T) {
		g := newRig(t, Config{})
		if status, _ := g.control(http.MethodGet, "/other", ""); status != http.StatusNotFound {
			t.Errorf("HTTP %d, want 404", status)
		}
	})
}
