package archive

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"volcimage/internal/task"
)

// columns of the history as a table, in order.
var columns = []string{
	"task_id", "created_at", "finished_at", "status", "model", "prompt", "typed", "width", "height", "size", "count", "seed",
	"pictures", "favourite", "tags", "note", "folder", "parent", "error",
}

// byteOrderMark lets spreadsheets see that the file is UTF-8.
const byteOrderMark = "\ufeff"

// table writes the history by RFC 4180, a task a row.
type table struct{ csv *csv.Writer }

func newTable(w io.Writer) (*table, error) {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return nil, err
	}
	t := &table{csv.NewWriter(w)}
	t.csv.UseCRLF = true
	return t, t.csv.Write(columns)
}

func (t *table) add(x *task.Task) error {
	p := x.Params
	failure := ""
	if f := x.Failure(); f != nil {
		failure = string(f.Code)
	}
	row := []string{
		string(x.ID), stamp(x.CreatedAt), stamp(x.FinishedAt), string(x.Status), p.Model, p.Prompt, x.Typed,
		number(p.Width), number(p.Height), number(p.Size), number(p.Count), "",
		strconv.Itoa(x.Done()), strconv.FormatBool(x.Favourite), strings.Join(x.Tags, ", "), x.Note, x.Folder, string(x.Parent), failure,
	}
	if p.Seed != nil {
		row[11] = strconv.FormatInt(*p.Seed, 10)
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return t.csv.Write(row)
}

func (t *table) finish() error {
	t.csv.Flush()
	return t.csv.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// harmless keeps a spreadsheet from taking a cell for a formula: it is text from
// people. A quote goes before what begins like one (OWASP ASVS 1.2.10), NUL is taken out.
func harmless(cell string) string {
	cell = strings.ReplaceAll(cell, "\x00", "")
	if strings.IndexAny(strings.TrimLeft(cell, " "), "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
