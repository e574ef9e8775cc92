// Package sqlite keeps tasks, jobs, slots and hints in one SQLite file: the
// one-machine side of what DynamoDB and SQS are on AWS.
//
// One connection writes. Callers hand their change to its goroutine, which puts
// all that wait into one transaction, a savepoint each, so that fifty callers
// share one sync of the disk and none of them feels another's conflict. Reads go
// to a pool of read-only connections and never wait for the writer.
//
// A row has columns for what is searched or conditional, and a document with all
// fields (see coder). What is in a column and in the document alike is read from
// the document; the version is in its column only.
//
// An answered write survives the end of the process and, with synchronous=FULL,
// the loss of power.
package sqlite
