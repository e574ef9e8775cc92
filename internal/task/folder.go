package task

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of what a person may make beside their tasks.
const (
	MaxFolders   = 500
	MaxSearches  = 200
	MaxNameRunes = 80
	// MaxPlaces is how many tasks of a folder have a place by hand.
	MaxPlaces = 1000
)

// CodeTooMany says that a person has as many folders or saved searches as they may.
const CodeTooMany Code = "too_many"

// Folder is a name that tasks are put under, each in one at most; [Task.Folder] says
// in which.
type Folder struct {
	Owner Owner
	ID    string
	Name  string
	// Order are tasks in the order that was made by hand. Those of the folder that are
	// not named come behind them, newest first; those named that are not in the folder
	// have no place.
	Order     []ID
	CreatedAt time.Time
	Version   int64 // as of [Record]
}

// FolderPlace is how far a list of a folder has come: so many places of the order were
// looked at, and behind them the others down to a task.
type FolderPlace struct {
	Placed int
	Before ID
}

// FolderPage is a part of what is in a folder. It may be short, even empty, and still
// have a Next.
type FolderPage struct {
	Tasks []Task
	Next  *FolderPlace // nil at the end
}

// FolderEdit is what a person changes of a folder. What is nil stays as it is.
type FolderEdit struct {
	Name  *string
	Order *[]ID
}

// Edit changes the folder. The error names every wrong field.
func (f *Folder) Edit(e FolderEdit) error {
	edited, wrong := *f, []FieldError(nil)
	if e.Name != nil {
		edited.Name, wrong = tidyName(*e.Name)
	}
	if e.Order != nil {
		edited.Order = slices.Clone(*e.Order)
		wrong = append(wrong, checkOrder(edited.Order)...)
	}
	if wrong != nil {
		return &Error{Kind: Invalid, Code: codeInvalid, Fields: wrong}
	}
	*f = edited
	return nil
}

// SavedSearch is a search under a name: a folder whose tasks are those that match.
type SavedSearch struct {
	Owner Owner
	ID    string
	Name  string
	// Filters are JSON, as the API takes them.
	Filters   []byte
	CreatedAt time.Time
	Version   int64 // as of [Record]
}

// SearchEdit is what a person changes of a saved search. What is nil stays as it is.
type SearchEdit struct {
	Name    *string
	Filters []byte
}

// Edit changes the saved search. The error names every wrong field.
func (s *SavedSearch) Edit(e SearchEdit) error {
	if e.Name != nil {
		name, wrong := tidyName(*e.Name)
		if wrong != nil {
			return &Error{Kind: Invalid, Code: codeInvalid, Fields: wrong}
		}
		s.Name = name
	}
	if e.Filters != nil {
		s.Filters = e.Filters
	}
	return nil
}

// tidyName is a name as it is kept, and what is wrong with it.
func tidyName(s string) (name string, wrong []FieldError) {
	if name = strings.Join(strings.Fields(s), " "); name == "" {
		return name, []FieldError{{Location: "body.name", Message: "must not be empty", Value: s}}
	}
	return name, checkText("body.name", name, MaxNameRunes, "")
}

func checkOrder(order []ID) (wrong []FieldError) {
	if len(order) > MaxPlaces {
		return []FieldError{{Location: "body.order", Message: fmt.Sprintf("at most %d tasks, these are %d", MaxPlaces, len(order))}}
	}
	seen := map[ID]bool{}
	for i, id := range order {
		rule := ""
		switch {
		case !id.Valid():
			rule = "is no id of a task"
		case seen[id]:
			rule = "the same task is there twice"
		}
		if rule != "" {
			wrong = append(wrong, FieldError{Location: fmt.Sprintf("body.order[%d]", i), Message: rule, Value: string(id)})
		}
		seen[id] = true
	}
	return wrong
}
