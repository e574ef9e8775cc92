package httpapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

const folderPath = base + "/folders"

// Folder is a folder as the API shows it.
type Folder struct {
	ID        string    `json:"folder_id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Name      string    `json:"name" example:"Winter"`
	Order     []task.ID `json:"order" doc:"Tasks that have a place by hand; the others come behind them, newest first"`
	Version   int64     `json:"version" doc:"Grows with every change" example:"3"`
	CreatedAt time.Time `json:"created_at"`
}

func folderView(f task.Folder) Folder {
	return Folder{f.ID, f.Name, append([]task.ID{}, f.Order...), f.Version, shown(f.CreatedAt)}
}

// FolderList is every folder, oldest first.
type FolderList struct {
	Items []Folder `json:"items"`
}

// FolderRequest makes a folder.
type FolderRequest struct {
	Name string `json:"name" doc:"At most 80 characters" example:"Winter"`
}

// FolderEditRequest changes a folder. What is left out stays as it is.
type FolderEditRequest struct {
	Name  *string    `json:"name,omitempty" nullable:"false" doc:"At most 80 characters" example:"Winter"`
	Order *[]task.ID `json:"order,omitempty" nullable:"false" doc:"The order by hand, at most 1,000 tasks"`
}

// FolderRemoved is how far a folder's removal is.
type FolderRemoved struct {
	TakenOut int  `json:"taken_out" doc:"Tasks that were taken out of it" example:"12"`
	Done     bool `json:"done" doc:"The folder is gone; otherwise ask again"`
}

func folderExample() Folder {
	return Folder{ID: exampleID, Name: "Winter", Order: []task.ID{exampleID}, Version: 3, CreatedAt: exampleTime}
}

func (s *service) registerFolders() {
	add(s, s.operation(huma.Operation{
		OperationID: "list-folders", Method: http.MethodGet, Path: folderPath,
		Summary:     "List the folders",
		Description: "Oldest first; there are at most 500.",
		Responses:   example(http.StatusOK, "The folders", FolderList{Items: []Folder{folderExample()}}),
	}), s.folders)
	add(s, s.operation(huma.Operation{
		OperationID: "create-folder", Method: http.MethodPost, Path: folderPath, DefaultStatus: http.StatusCreated,
		Summary:     "Make a folder",
		Description: "PATCH of a task puts it there; a task is in one folder at most.",
		RequestBody: bodyExample("Its name", FolderRequest{Name: "Winter"}),
		Errors:      []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusCreated, "The folder", folderExample()),
	}), s.newFolder)
	add(s, s.operation(huma.Operation{
		OperationID: "edit-folder", Method: http.MethodPatch, Path: folderPath + "/{id}",
		Summary:     "Rename a folder, or put it in order by hand",
		Description: "What is left out stays as it is. Tasks in the order that are not in the folder have no place.",
		RequestBody: bodyExample("What changes", FolderEditRequest{Order: &[]task.ID{exampleID}}),
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		Responses:   example(http.StatusOK, "The folder as it is now", folderExample()),
	}), s.editFolder)
	add(s, s.operation(huma.Operation{
		OperationID: "delete-folder", Method: http.MethodDelete, Path: folderPath + "/{id}",
		Summary:     "Remove a folder",
		Description: "Its tasks stay. They are taken out of it first, at most 200 in a request: ask again until done is true. Where nobody does for a minute, it goes on by itself.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusOK, "How far it is", FolderRemoved{TakenOut: 12, Done: true}),
	}), s.deleteFolder)
	add(s, s.operation(huma.Operation{
		OperationID: "list-folder", Method: http.MethodGet, Path: folderPath + "/{id}/tasks",
		Summary:     "List what is in a folder, in its order",
		Description: "First those that have a place by hand, then the others, newest first. A page may be short, even empty, and still have a next_cursor.",
		Errors:      []int{http.StatusNotFound},
		Responses:   example(http.StatusOK, "A page", InFolder{Items: []Task{taskExample()}}),
	}), s.inFolder)
}

type folderID struct {
	ID string `path:"id" doc:"The folder's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

type folderListOutput struct{ Body FolderList }

func (s *service) folders(ctx context.Context, _ *struct{}) (*folderListOutput, error) {
	all, err := s.Library.Folders(ctx, requestOf(ctx).owner)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	out := &folderListOutput{FolderList{Items: []Folder{}}}
	for _, f := range all {
		out.Body.Items = append(out.Body.Items, folderView(f))
	}
	return out, nil
}

type folderInput struct{ Body FolderRequest }

type folderOutput struct{ Body Folder }

func (s *service) newFolder(ctx context.Context, in *folderInput) (*folderOutput, error) {
	f, err := s.Library.NewFolder(ctx, requestOf(ctx).owner, in.Body.Name)
	if err != nil {
		return nil, fmt.Errorf("make: %w", err)
	}
	return &folderOutput{folderView(f)}, nil
}

type folderEditInput struct {
	ID      string  `path:"id" doc:"The folder's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	IfMatch ifMatch `header:"If-Match" doc:"The folder's version in quotes: where it has another by now, nothing is changed" example:"\"3\""`
	Body    FolderEditRequest
}

func (s *service) editFolder(ctx context.Context, in *folderEditInput) (*folderOutput, error) {
	version, err := in.IfMatch.version()
	if err != nil {
		return nil, err
	}
	if err := known(task.ID(in.ID)); err != nil {
		return nil, err
	}
	f, err := s.Library.EditFolder(ctx, requestOf(ctx).owner, in.ID, version, task.FolderEdit{Name: in.Body.Name, Order: in.Body.Order})
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", in.ID, err)
	}
	return &folderOutput{folderView(f)}, nil
}

type folderRemovedOutput struct{ Body FolderRemoved }

// takenOutAtOnce is how many tasks one request changes: each is a read and a write
// of the table.
const takenOutAtOnce = 200

func (s *service) deleteFolder(ctx context.Context, in *folderID) (*folderRemovedOutput, error) {
	if err := known(task.ID(in.ID)); err != nil {
		return nil, err
	}
	o := requestOf(ctx).owner
	n, done, err := s.Library.DeleteFolder(ctx, o, in.ID, takenOutAtOnce)
	if err == nil {
		err = s.Library.KeepRest(ctx, o, task.Rest{Folder: in.ID}, done)
	}
	if err != nil {
		return nil, fmt.Errorf("delete %s: %w", in.ID, err)
	}
	return &folderRemovedOutput{FolderRemoved{n, done}}, nil
}

type inFolderInput struct {
	ID     string `path:"id" doc:"The folder's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Tasks in an answer, at most"`
	Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
}

// InFolder is one page of what is in a folder.
type InFolder struct {
	Items      []Task  `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Continues the list; null at its end"`
}

type inFolderOutput struct{ Body InFolder }

func (s *service) inFolder(ctx context.Context, in *inFolderInput) (*inFolderOutput, error) {
	if err := known(task.ID(in.ID)); err != nil {
		return nil, err
	}
	from, err := decodePlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := s.Library.InFolder(ctx, requestOf(ctx).owner, in.ID, from, in.Limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", in.ID, err)
	}
	items, err := s.viewer(ctx).tasks(page.Tasks)
	if err != nil {
		return nil, err
	}
	out := &inFolderOutput{InFolder{Items: items}}
	if page.Next != nil {
		next := encodePlace(*page.Next)
		out.Body.NextCursor = &next
	}
	return out, nil
}

// A folder's cursor is how many places were looked at and the last of the others.

func encodePlace(p task.FolderPlace) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%s", p.Placed, p.Before))
}

func decodePlace(cursor string) (p task.FolderPlace, err error) {
	if cursor == "" {
		return p, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	placed, before, _ := strings.Cut(string(b), ".")
	n, err1 := strconv.Atoi(placed)
	p = task.FolderPlace{Placed: n, Before: task.ID(before)}
	if err != nil || err1 != nil || n < 0 || before != "" && !p.Before.Valid() || encodePlace(p) != cursor {
		return p, invalid("query.cursor", "is not a cursor of this list", cursor)
	}
	return p, nil
}
