// Package template holds template.yaml to the numbers, roles and routes that the
// rest of the service relies on. Its tests read the file itself: what is written
// there is what is deployed.
package template
