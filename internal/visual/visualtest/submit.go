package visualtest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// submit is the action that accepts a task, in the order: is it JSON, is the model
// known, do the fields fit, is the prompt clean, are the limits kept.
func (s *Server) submit(body []byte) answer {
	o, broken := s.readOrder(body)
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Submits++
	if broken != nil {
		s.stats.Refused++
		return *broken
	}
	s.seen.add(key("submit", o.prompt))
	wishes := append(s.faults.next(AtSubmit, false), parseWishes(o.prompt)...)
	a, refused := s.refusal(wishes, o, now)
	if refused {
		s.stats.Refused++
		return underHTTP200(a, wishes)
	}
	e := s.accept(o, wishes, now)
	a = succeed(map[string]string{"task_id": e.id})
	a.how = s.mishap(wishes, o.prompt)
	return a
}

func (s *Server) readOrder(body []byte) (order, *answer) {
	o, err := parseObject(body)
	if err != nil {
		a := invalid("the body must be one JSON object")
		return order{}, &a
	}
	name, _ := o["req_key"].(string)
	m, known := s.models[name]
	if !known {
		a := refuse(codeDenied)
		return order{}, &a
	}
	return checkOrder(m, o)
}

// refusal is the fault or the limit that keeps a task from being accepted.
func (s *Server) refusal(wishes []wish, o order, now time.Time) (answer, bool) {
	for _, w := range wishes {
		if w.Moment == AtSubmit && s.due(w, o.prompt) {
			return callFault(w), true
		}
	}
	g := s.gates[o.model.ID]
	if g.full(now) {
		s.stats.Throttled++
		return refuse(codeConcurrency), true
	}
	if !g.submits.allow(now) {
		s.stats.Throttled++
		return refuse(codeQPS), true
	}
	return answer{}, false
}

// callFault is the answer of a fault that strikes a single call.
func callFault(w wish) answer {
	switch w.Name {
	case "429", "429-query":
		return refuse(codeQPS)
	case "concurrency":
		return refuse(codeConcurrency)
	case "moderated-prompt":
		return refuse(codeTextRisk)
	case "moderated-words":
		return refuse(codeWordRisk)
	case "denied":
		return refuse(codeDenied)
	case "500", "500-query":
		return refuse(codeInternal)
	case "502", "502-query":
		return answer{outcome: outcomeOf(codeInternal), how: asHTML}
	case "drop", "drop-query":
		return answer{how: asCutLine}
	case "hang":
		return answer{how: neverAtAll}
	case "50215":
		return refuse(codeNoTask)
	case "lost":
		return succeed(resultData{Status: "not_found"})
	case "expired-task":
		return succeed(resultData{Status: "expired"})
	default: // code
		return refuse(w.code())
	}
}

// mishap is what becomes of the answer about an accepted task.
func (s *Server) mishap(wishes []wish, prompt string) delivery {
	for _, w := range wishes {
		if w.Moment != AtAccept || !s.due(w, prompt) {
			continue
		}
		switch w.Name {
		case "drop-after-accept":
			return asCutLine
		case "truncated-submit":
			return asHalfJSON
		case "hang-submit":
			return neverAtAll
		}
	}
	return asJSON
}

// underHTTP200 lets a refusal come under HTTP 200 where that was asked for.
func underHTTP200(a answer, wishes []wish) answer {
	if a.how == asJSON && slices.ContainsFunc(wishes, func(w wish) bool { return w.Name == "http200-error" }) {
		a.how = asHTTP200
	}
	return a
}

// accept makes the task and settles its fate.
func (s *Server) accept(o order, wishes []wish, now time.Time) *entry {
	e := &entry{
		model: o.model, prompt: o.prompt, width: o.width, height: o.height, count: o.count,
		accepted: now, wishes: lasting(wishes),
	}
	// The n-th task with a prompt draws its n-th variation, unless a seed was given.
	e.variation = int64(s.seen.add(key("accept", o.model.ID, o.prompt)))
	if o.seed != nil {
		e.variation = *o.seed
	}
	s.decide(e, wishes)
	s.ledger.prune(now)
	s.ledger.add(e)
	s.gates[o.model.ID].enter(now, e.done)
	s.stats.Accepted++
	s.stats.Pictures += o.count
	s.stats.MaxInFlight = max(s.stats.MaxInFlight, s.inFlight(now))
	return e
}

// lasting are the wishes that queries and downloads have to know of.
func lasting(wishes []wish) []wish {
	return slices.DeleteFunc(slices.Clone(wishes), func(w wish) bool {
		return w.Moment == AtSubmit || w.Moment == AtAccept
	})
}

// decide sets when the task is done, and whether it fails then.
func (s *Server) decide(e *entry, wishes []wish) {
	takes := spread(s.cfg.Delay)
	for _, w := range wishes {
		if w.Moment != OfTask || !s.due(w, e.prompt) {
			continue
		}
		switch w.Name {
		case "moderated-output":
			e.code = codePictureRisk
		case "moderated-copyright":
			e.code = codeCopyright
		case "half":
			if s.seen.add(key("half", e.prompt))%2 == 1 {
				e.code = codePictureRisk
			}
		case "result-code":
			e.code = w.code()
		case "http200-error":
			if len(wishes) == 1 {
				e.code = codePictureRisk
			}
		case "slow":
			d, _ := time.ParseDuration(w.value) // newWish has checked it
			takes = min(max(d, 0), time.Hour)
		case "never":
			takes = e.model.JobLife
		}
	}
	// A fifth of the time it waits in the service's queue.
	e.starts, e.done = e.accepted.Add(takes/5), e.accepted.Add(takes)
}

// spread is a time within a quarter of d.
func spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d*3/4 + rand.N(d/2+1)
}

// inFlight counts the tasks of all models that are not over.
func (s *Server) inFlight(now time.Time) int {
	n := 0
	for _, g := range s.gates {
		n += g.settle(now)
	}
	return n
}
