package archive

import "io"

// pieces reads an archive that lies in pieces. It keeps the last two: a ZIP is read
// from its end, and then file by file.
type pieces struct {
	size   int64
	get    func(n int) ([]byte, error)
	kept   [2]piece // the newer first
	failed error    // the first that get answered
}

type piece struct {
	n    int
	data []byte
}

// ReadAt is [io.ReaderAt]'s.
func (r *pieces) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= r.size {
			return n, io.EOF
		}
		data, err := r.piece(int(off / PieceBytes))
		if err != nil {
			return n, err
		}
		from := off % PieceBytes
		if from >= int64(len(data)) {
			return n, io.ErrUnexpectedEOF
		}
		copied := copy(p[n:], data[from:])
		n, off = n+copied, off+int64(copied)
	}
	return n, nil
}

func (r *pieces) piece(n int) ([]byte, error) {
	if r.kept[0].data != nil && r.kept[0].n == n {
		return r.kept[0].data, nil
	}
	if r.kept[1].data != nil && r.kept[1].n == n {
		r.kept[0], r.kept[1] = r.kept[1], r.kept[0]
		return r.kept[0].data, nil
	}
	data, err := r.get(n)
	if err != nil {
		if r.failed == nil {
			r.failed = err
		}
		return nil, err
	}
	r.kept[0], r.kept[1] = piece{n, data}, r.kept[0]
	return data, nil
}
