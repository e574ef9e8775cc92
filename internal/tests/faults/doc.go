// Package faults proves that a task cannot be lost, be finished twice, or be paid
// twice but where the provider's protocol leaves that open. Its tests kill steps,
// sweeps and requests at every moment, then in pairs, then let everything go wrong
// at random, and compare what clients were told with what is there at the end.
//
// FAULTS=all tries all pairs and 10,000 tasks; FAULTS_SEED repeats a random run.
// FAULTS_TABLE names the file in which the table of results is renewed; otherwise a
// run that is worse than the published table fails.
package faults
