package search_test

import (
	"testing"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// prompts are as long as most are.
var prompts = map[string]string{
	"en": "A serene mountain lake at sunrise, misty atmosphere, soft golden light, pine trees reflecting on still water, ultra detailed, cinematic composition, 35mm photography",
	"zh": "清晨的雪山湖泊，薄雾缭绕，柔和的金色阳光，松树倒映在平静的水面上，超精细，电影感构图，三十五毫米胶片摄影",
}

func BenchmarkTerms(b *testing.B) {
	for name, prompt := range prompts {
		b.Run(name, func(b *testing.B) {
			tk := made(prompt)
			for b.Loop() {
				search.Terms(tk)
			}
			b.ReportMetric(float64(len(search.Terms(tk))), "terms")
		})
	}
}

func BenchmarkMatches(b *testing.B) {
	for name, prompt := range prompts {
		b.Run(name, func(b *testing.B) {
			tk := made(prompt)
			q, err := search.Understand(task.Query{Owner: "ann", Text: "water 水面"})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				q.Matches(tk)
			}
		})
	}
}
