package task

// Action is what is done to many tasks at once. Doing it again changes nothing.
type Action struct {
	Name   ActionName
	Tags   []string // to be given or taken
	Folder string   // to be put in; empty takes out
}

// ActionName says what is done.
type ActionName string

// The actions.
const (
	ActFavourite   ActionName = "favourite"
	ActUnfavourite ActionName = "unfavourite"
	ActTag         ActionName = "tag"
	ActUntag       ActionName = "untag"
	ActFolder      ActionName = "folder"
	ActDelete      ActionName = "delete"     // into the bin
	ActDeleteNow   ActionName = "delete_now" // for good
	ActRestore     ActionName = "restore"
)

// Edit does the action to a task, where it is about what a person says of it.
func (a Action) Edit(t *Task) (changed bool, err error) {
	switch a.Name {
	case ActTag:
		return t.AddTags(a.Tags...)
	case ActUntag:
		return t.RemoveTags(a.Tags...)
	case ActFolder:
		return t.Edit(Edit{Folder: &a.Folder})
	}
	return t.Edit(Edit{Favourite: new(a.Name == ActFavourite)})
}

// Outcome is what became of one task of many.
type Outcome struct {
	Task    ID
	Changed bool
	Err     error // nil: it is as it was to be
}
