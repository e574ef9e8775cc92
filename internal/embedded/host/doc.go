// Package host is what stands, on one machine, where Lambda and its sources of
// events stand on AWS: [API] for API Gateway, [Poller] for the event source
// mapping of the work queue, [Schedule] for EventBridge, [Site] for the bucket
// with the page. It hands the very same event JSON to the very same handlers, and
// keeps the promises that those services make and the limits that they set.
package host
