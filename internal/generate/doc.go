// Package generate draws pictures: one step of one job at a time, and never
// waiting. A step begins the provider's call, asks after it, or collects its
// result; then it says when the next one is due and ends.
//
//	Begin    claim, note the intent, call, save the provider's job id
//	Poll     ask; still running: one conditional write of the next time, no claim
//	Collect  claim, give the slot up, fetch, verify, store, finish
//	Drain    after a cancel or delete: ask until the provider is done, drop the result
//	Tidy     remove what lost claims stored
//
// Whatever dies between two lines of it, the rows say how to go on: see
// internal/tests/faults, which kills a step at every call it makes.
package generate
