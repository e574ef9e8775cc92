// Package archive takes a library out: an export packs tasks and their pictures into
// files that live without the service, part by part, and lists their history as a
// table. docs/archive.md describes what is in the files.
//
// An export is a record that says what is asked for and how far it is. A step makes
// one part, of bounded size, stores it as an object and saves the record; the next step
// begins where that one ended. So an export goes on after whatever broke it off, and
// works alike where a function may run for two minutes and on one machine. A lost hint
// is sent again when somebody looks at an export that stands still; one that nobody
// looks at may stand.
package archive
