package main

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

const (
	maxMembers     = 10_000
	maxSmall       = 1 << 20
	maxConsistency = 4 << 20
	maxEntryLine   = 64 << 10
	maxReadable    = 16 << 20
)

var (
	known          = map[string]bool{"README.txt": true, "keys.txt": true, "checkpoint": true, "entries.jsonl": true, "readable.jsonl": true, "consistency.json": true, "selection.json": true, "checkpoints/": true}
	checkpointName = regexp.MustCompile(`^checkpoints/(0|[1-9][0-9]{0,17})$`)
)

// members are the files of a bundle, each name once.
type members struct {
	*zip.ReadCloser
	byName map[string]*zip.File
}

func open(path string) (*members, error) {
	reader, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("the file is no readable zip: %w", err)
	}
	files := &members{reader, map[string]*zip.File{}}
	if len(reader.File) > maxMembers {
		return nil, fmt.Errorf("the zip has %d members", len(reader.File))
	}
	for _, file := range reader.File {
		switch {
		case !known[file.Name] && !checkpointName.MatchString(file.Name):
			return nil, fmt.Errorf("the zip holds %q, which the format does not know", file.Name)
		case files.byName[file.Name] != nil:
			return nil, fmt.Errorf("the zip holds %q twice", file.Name)
		case file.Flags&1 != 0:
			return nil, fmt.Errorf("%s is encrypted", file.Name)
		case file.Method != zip.Store && file.Method != zip.Deflate:
			return nil, fmt.Errorf("%s is compressed in a way that the format does not know", file.Name)
		}
		files.byName[file.Name] = file
	}
	for _, name := range []string{"keys.txt", "checkpoint", "entries.jsonl", "consistency.json"} {
		if files.byName[name] == nil {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	return files, nil
}

// whole reads a small member.
func (files *members) whole(name string, limit int64) ([]byte, error) {
	opened, err := files.byName[name].Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer opened.Close()
	content, err := io.ReadAll(io.LimitReader(opened, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return content, nil
}

func (files *members) checkpoints() []string {
	var names []string
	for name := range files.byName {
		if strings.HasPrefix(name, "checkpoints/") && name != "checkpoints/" {
			names = append(names, name)
		}
	}
	return names
}

// lines reads a large member line by line.
type lines struct {
	name   string
	limit  int
	reader *bufio.Reader
	number int
}

func (files *members) lines(name string, limit int) (*lines, error) {
	opened, err := files.byName[name].Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &lines{name: name, limit: limit, reader: bufio.NewReaderSize(opened, limit)}, nil
}

// next answers the next line without its end, nil after the last one.
func (l *lines) next() ([]byte, error) {
	line, err := l.reader.ReadSlice('\n')
	l.number++
	if err == io.EOF && len(line) == 0 {
		return nil, nil
	}
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			err = fmt.Errorf("longer than %d bytes", l.limit)
		}
		return nil, fmt.Errorf("%s, line %d: %w", l.name, l.number, err)
	}
	return line[:len(line)-1], nil
}
