package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
)

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

var (
	isUUID    = regexp.MustCompile(`^` + uuid + `$`)
	isTime    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$`)
	leafNames = []string{"actor", "at", "delivered_from", "id", "kind", "meeting", "outcome", "personal", "request", "sequenced_at", "subject", "tenant", "v"}
	ownNames  = []string{"actor_name", "on_behalf_of", "origin", "payload", "subject_name"}
	mayBeNull = map[string]bool{"delivered_from": true, "meeting": true}
	ofUUID    = map[string]bool{"delivered_from": true, "meeting": true, "id": true, "tenant": true}
	ofMoment  = map[string]bool{"at": true, "sequenced_at": true}
)

// readLeaf reads a leaf and writes it again: there is one way only to write it.
func readLeaf(leaf []byte) (map[string]any, error) {
	fields, err := parseObject(leaf)
	if err != nil {
		return nil, fmt.Errorf("the leaf is malformed: %w", err)
	}
	if fields["v"] != json.Number("1") {
		return nil, errors.New("the leaf is of another version than 1")
	}
	var again bytes.Buffer
	for i, name := range leafNames {
		value, ok := fields[name]
		if !ok {
			return nil, fmt.Errorf("the leaf lacks %q", name)
		}
		again.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + `"` + name + `":`)
		text, isText := value.(string)
		switch {
		case name == "v":
			again.WriteString("1")
		case value == nil && mayBeNull[name]:
			again.WriteString("null")
		case !isText || ofUUID[name] && !isUUID.MatchString(text) || ofMoment[name] && !isTime.MatchString(text):
			return nil, fmt.Errorf("the leaf's %q is malformed", name)
		default:
			writeString(&again, text)
		}
	}
	again.WriteString("}")
	if !bytes.Equal(again.Bytes(), leaf) {
		return nil, errors.New("the leaf is not written in its canonical form")
	}
	if _, err := decodeHash(fields["personal"]); err != nil {
		return nil, fmt.Errorf("the leaf's commitment: %w", err)
	}
	return fields, nil
}

// writeString writes a string as RFC 8785 does.
func writeString(buffer *bytes.Buffer, text string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	buffer.WriteByte('"')
	for _, r := range text {
		switch escape, ok := short[r]; {
		case ok:
			buffer.WriteString(escape)
		case r < 0x20:
			fmt.Fprintf(buffer, `\u%04x`, r)
		default:
			buffer.WriteRune(r)
		}
	}
	buffer.WriteByte('"')
}

// checkReadable opens the commitment and compares what people read with what was proven.
func checkReadable(line []byte, one *entry) error {
	object, err := parseObject(line)
	if err != nil {
		return fmt.Errorf("the readable form: %w", err)
	}
	if err := only(object, "index", "salt", "personal", "event", "erased", "pruned", "missing"); err != nil {
		return fmt.Errorf("the readable form: %w", err)
	}
	if index, err := count(object["index"]); err != nil || index != one.index {
		return errors.New("the readable form is of another entry")
	}
	for _, flag := range []string{"erased", "pruned", "missing"} {
		if value, ok := object[flag]; ok && value != true {
			return fmt.Errorf("the readable form: %q is not true", flag)
		}
	}
	if object["missing"] == true {
		return errors.New("its event is missing from the database")
	}
	if pruned := object["pruned"] == true; pruned || one.fields == nil {
		if !pruned || one.fields != nil || object["salt"] != nil || object["personal"] != nil || object["event"] != nil || object["erased"] != nil {
			return errors.New("the readable form and the leaf disagree about pruning")
		}
		return nil
	}
	expected := map[string]any{}
	for name, value := range one.fields {
		if name != "personal" {
			expected[name] = value
		}
	}
	if object["erased"] == true {
		if object["salt"] != nil || object["personal"] != nil {
			return errors.New("erased, and yet not")
		}
	} else {
		salt, err := decode(object["salt"])
		if err != nil || len(salt) != 32 {
			return errors.New("the salt is malformed")
		}
		personal, ok := object["personal"].(string)
		if !ok {
			return errors.New("the personal part is missing")
		}
		sum := sha256.Sum256(append(salt, personal...))
		if base64.StdEncoding.EncodeToString(sum[:]) != one.fields["personal"] {
			return errors.New("the personal part is not the one that the leaf commits to")
		}
		own, err := parseObject([]byte(personal))
		if err != nil {
			return fmt.Errorf("the personal part: %w", err)
		}
		if len(own) != len(ownNames) {
			return errors.New("the personal part has other fields")
		}
		for _, name := range ownNames {
			value, ok := own[name]
			if !ok {
				return fmt.Errorf("the personal part lacks %q", name)
			}
			expected[name] = value
		}
	}
	if !reflect.DeepEqual(object["event"], any(expected)) {
		return errors.New("what people read differs from what was proven")
	}
	return nil
}
