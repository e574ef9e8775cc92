// Package search finds tasks by what is written in them and said of them.
//
// What a query means is [Query.Matches]: a plain look at one task. The index only
// narrows the tasks that are looked at, and may name too many but none too few. So
// both stores answer alike, whatever their index holds, and a word that is too
// common to be worth a row is simply left out of it.
//
// A task is in the index by terms. [Terms] are its words, which stay; [Marks] are
// what is said of it and changes: its status, its tags. A term that is no word of a
// text has a colon in it, which no word has.
//
//	castle       the word          tag words too
//	cas* castl*  words that go on behind these letters, for one that is still being typed
//	雪 雪地      of scripts without spaces each character, and each pair of neighbours
//	m:…          the model         s:… status, once over   t:… tag   d:… folder
//	r:16:9       the ratio         e: has an error         f: favourite
//	b:           in the bin, and then it has no other mark
//
// A task whose words are not in the index yet, or are too many for it, is loose
// ([Loose]): stores keep loose tasks apart, in order, and look at each of them. So
// a task is found at once, and the index may be made, or made anew, at leisure.
package search
