// Package handler is what the functions hand to lambda.Start, and what the host
// on one machine calls with the same events: [API] for HTTP, [Generate] for the
// work queue, [Janitor] for the clock. It turns events into calls of the use
// cases and knows nothing of where they run.
package handler
