package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// parse reads one JSON value; a name that stands twice in an object is an error, numbers stay as
// they are written.
func parse(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseNext(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

func parseNext(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			if _, twice := object[name.(string)]; twice {
				return nil, fmt.Errorf("%q stands twice in one object", name)
			}
			if object[name.(string)], err = parseNext(decoder); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := parseNext(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	}
	return token, nil
}

func parseObject(text []byte) (map[string]any, error) {
	value, err := parse(text)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return object, nil
}

// only refuses names that the format does not know.
func only(object map[string]any, names ...string) error {
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for name := range object {
		if !known[name] {
			return fmt.Errorf("%q is not known to the format", name)
		}
	}
	return nil
}

// count reads an index or a size.
func count(value any) (int64, error) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, errors.New("a whole number is missing")
	}
	return parseCount(string(number))
}

func parseCount(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || len(text) > 18 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is no index and no size", text)
	}
	return n, nil
}

// decode reads base64 in its only canonical form.
func decode(value any) ([]byte, error) {
	text, ok := value.(string)
	if !ok {
		return nil, errors.New("base64 is missing")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != text {
		return nil, errors.New("not canonical base64")
	}
	return raw, nil
}

func decodeHash(value any) (tlog.Hash, error) {
	raw, err := decode(value)
	if err != nil {
		return tlog.Hash{}, err
	}
	if len(raw) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("a hash of %d bytes", len(raw))
	}
	return tlog.Hash(raw), nil
}

func decodeProof(value any) ([]tlog.Hash, error) {
	list, ok := value.([]any)
	if !ok || len(list) > 64 {
		return nil, errors.New("the proof is no list of at most 64 hashes")
	}
	proof := make([]tlog.Hash, len(list))
	for i, item := range list {
		var err error
		if proof[i], err = decodeHash(item); err != nil {
			return nil, err
		}
	}
	return proof, nil
}
