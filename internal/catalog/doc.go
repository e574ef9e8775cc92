// Package catalog is what the service knows of the provider, as data: its models
// with their fields, ranges, sizes, limits and prices, and every error code with
// its stage, its charge and its words.
//
// The validator, the client, the emulator, GET /api/v1/models and the page's form
// all read the one record, so that a field which a model does not take cannot be
// sent, and the page does not show it. A new model is a new record, not new code.
//
// Every value is marked [Verified] (seen in an answer of the live service, see
// make verify-provider) or [Assumed], with its source.
package catalog
