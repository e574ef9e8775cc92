// Package coldstart starts the functions as Lambda does, with the API of its runtime
// and with AWS in their places, and measures how long each takes from the start of its
// process to its first answer.
//
//	go test -run - -bench . -benchtime 50x ./internal/tests/coldstart
package coldstart
