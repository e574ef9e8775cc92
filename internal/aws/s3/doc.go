// Package s3 keeps pictures in an S3 bucket and hands out presigned links to them.
//
// An object's key holds the fence it was made under, so two workers never write
// the same key, and a browser may keep what it got for good. That is why a put is
// not conditional: there is nobody to race with, and a retry of the SDK whose first
// answer was lost must not be refused by its own first try.
//
// A link is signed with the service's own credentials at the beginning of a window
// of time, so that all who ask within a window get the same address, which a browser
// can then cache. With a role's credentials it also changes when they do.
//
// What a task costs here is two puts a picture (the picture and its thumbnail) and,
// once it is deleted, one listing and one deletion; links cost nothing to make.
package s3
