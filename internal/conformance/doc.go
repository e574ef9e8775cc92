// Package conformance holds what every implementation promises, written once:
// the one-machine side and the AWS side run the same suites against their own
// parts. A promise that only one of them keeps is not one that a use case may
// rely on.
//
// Each suite is a function that a test of the implementation calls. It opens
// fresh parts for each promise, so promises do not depend on each other's rows.
package conformance
