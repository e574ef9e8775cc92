// Package httpapi is the service's HTTP interface, version 1: routes, JSON,
// problem documents, middleware, the OpenAPI description made from the Go types,
// and a page to read and try it.
//
// A request passes, from the outside in: [buffered], requestID, logged, secured,
// compressed, tagged, recovered, cors, bounded, identified, limited, admitted, the
// mux, strict, and huma, which reads parameters and body and calls the operation.
// Each is in the file of its name.
package httpapi
