// Package visual is the client of VolcEngine's visual service: it begins a
// picture and asks after it. It signs and sends by volc-sdk-golang; what is sent
// comes from the catalog's record of the model, and what fails from the catalog's
// table of faults.
//
// Submitting costs money and the service has no idempotency key, so the client
// never repeats a call by itself, and says for each failure whether the call was
// surely not carried out, or nobody knows.
package visual
