// Package archive takes a library out and in. An export packs tasks and their pictures
// into files that live without the service, part by part, and lists their history as a
// table; an import takes one such part in. docs/archive.md describes what is in the
// files.
//
// Either is a record that says what is asked for and how far it is. A step does a part
// of the work, of bounded size, and saves the record; the next begins where that one
// ended. So it goes on after whatever broke it off, and works alike where a function may
// run for two minutes and on one machine. A step that is due is in the due index, like
// that of a job; while one is taken, it is due again when its lease ends.
package archive
