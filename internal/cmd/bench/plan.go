package main

import "time"

// plan is how much is measured.
type plan struct {
	rounds   int
	history  int           // finished tasks in the table
	conns    int           // connections that ask at once
	length   time.Duration // of one round of requests
	idle     time.Duration // from the first answer to the look at the memory
	tasks    int           // whole tasks of one round
	clients  int           // that submit them
	warmups  int           // rounds of whole tasks at most that are not counted
	burst    int           // tasks at once
	queue    int           // tasks queued behind five
	drawTime time.Duration // of the provider, for burst and queue
	stages   int           // tasks taken apart; 0 for none
	parts    int           // pictures taken apart; 0 for none
}

var full = plan{
	rounds: 5, history: 100_000, conns: 32, length: 3 * time.Second, idle: 3 * time.Second,
	tasks: 150, clients: 5, warmups: 6, burst: 10, queue: 500, drawTime: 100 * time.Millisecond, stages: 100, parts: 50,
}

var quickly = plan{
	rounds: 1, history: 2_000, conns: 8, length: 300 * time.Millisecond, idle: 300 * time.Millisecond,
	tasks: 10, clients: 5, warmups: 1, burst: 10, queue: 30, drawTime: 50 * time.Millisecond, stages: 5,
}
