package search

import (
	"testing"
	"unicode"
)

// TestFoldingTheSimpleWayIsFoldingByTables tries every character that is folded
// without the tables, alone and between others.
func TestFoldingTheSimpleWayIsFoldingByTables(t *testing.T) {
	simple := 0
	for r := rune(1); r <= unicode.MaxRune; r++ {
		for _, s := range []string{string(r), "a" + string(r) + "は雪", "か" + string(r), string(r) + string(r)} {
			if got, ok := foldSimple(s); ok {
				simple++
				if want := foldByTables(s); got != want {
					t.Fatalf("%q (%U) folds to %q, by the tables to %q", s, r, got, want)
				}
			}
		}
	}
	if simple < 80_000 {
		t.Errorf("only %d texts were simple", simple)
	}
}

// TestMostCharactersAreClassedAsTheirScriptSays holds the shortcuts against the tables.
func TestMostCharactersAreClassedAsTheirScriptSays(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unspaced...) != (classOf(r) == gram) && !unicode.Is(unicode.So, r) && r != 'ー' && r != '゛' && r != '゜' {
			t.Errorf("%q (%U) is of class %d", r, r, classOf(r))
		}
	}
}
