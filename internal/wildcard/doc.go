// Package wildcard reads the two things that may stand in braces: choices in a
// prompt, of which each submit takes one, and the named placeholders of a template,
// which a person fills in before there is a prompt.
//
// # Choices
//
//	a {red|green|blue} fox        one of three
//	a {tiny|{very |}large} fox    they nest; an option may be empty
//
// A choice is a pair of braces with at least one bar between them, not counting
// what stands in braces inside. Braces of which this is not true are text, whether
// they have no bar or no partner. Spaces at the ends of an option do not count. The
// full-width ｛, ｜ and ｝ of Chinese keyboards do what {, | and } do.
//
// A backslash takes its meaning from the brace or bar behind it: \{ \| and \} are
// text. Of several backslashes before a brace or bar each two are one, and an odd
// one does that. Before anything else a backslash is a backslash.
//
// A prompt without a {, a | somewhere behind it and a } behind that is sent exactly
// as it was typed, with all its backslashes.
//
// # Placeholders
//
//	a portrait of {{subject=a fox}}, {{mood}}
//
// A placeholder is a name in two pairs of braces: letters and digits of any script,
// _ and -, with spaces between words, at most 40 characters. Behind = is its
// default, in which braces come in pairs; it may be a choice. The same name again is
// the same placeholder. What looks like one, but has another name, is text, and so
// is one behind a backslash, which is dropped. Values are not read for placeholders,
// but their choices are choices once the prompt is sent.
package wildcard
