// Package task is the domain: what a person asks for, the provider calls it
// takes, who may work on them, and how they end.
//
// A [Task] is what a person asked for. A [Job] is one call of the provider and
// has a row of its own; a task of four pictures is four jobs. Every rule about
// them is a method here, so that a use case is: load rows, call a method, save
// the rows if nobody changed them meanwhile ([Change]).
//
// The package knows only the standard library, and nothing here reads a clock:
// the time is always passed in.
package task
