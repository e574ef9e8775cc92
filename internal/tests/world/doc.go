// Package world is the whole one-machine side in virtual time, for tests: real
// SQLite, real files, the real client and the emulator of VolcEngine over HTTP,
// but no sockets and no waiting. A [World] must be made inside a synctest bubble.
//
// Every call that a step, a sweep or a request makes of another part passes two
// moments, one before it and one after ([Point]). A test that sets [World.At] is
// asked at each of them whether all goes well, the call fails, or whoever made
// it dies there and then.
package world
