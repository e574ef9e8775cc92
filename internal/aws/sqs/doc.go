// Package sqs sends hints through an SQS standard queue, and looks after its dead
// letters.
//
// A hint says which job has something to do and nothing else, so losing one delays
// a job and repeating one does nothing. No message group is given: fairness between
// owners is the slots' business, before a hint is ever sent.
//
// SQS delays by whole seconds, and by 15 minutes at most. A hint that is to come
// later comes then, finds its job not due and ends; the due index has the job, and
// the janitor hints it when its time has come.
package sqs
