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
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
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

// stored keeps the hashes of the tree in the order in which tlog numbers them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("a hash is missing")
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

// selection is what the bundle says that it was asked for.
type selection struct {
	from, to, meeting string
	whole             bool
	entries           int64
}

func checkEntries(files *members, latest checkpoint, earlier []checkpoint, old *checkpoint) (int64, error) {
	asked, err := readSelection(files, latest)
	if err != nil {
		return 0, err
	}
	entries, err := files.lines("entries.jsonl", maxEntryLine)
	if err != nil {
		return 0, err
	}
	var readable *lines
	if files.byName["readable.jsonl"] != nil {
		if readable, err = files.lines("readable.jsonl", maxReadable); err != nil {
			return 0, err
		}
	}
	roots := map[int64]checkpoint{latest.tree.N: latest}
	for _, one := range earlier {
		roots[one.tree.N] = one
	}
	var (
		number    int64
		last      int64 = -1
		sequenced string
		tree      stored
		gapless   = true
		proven    bool
	)
	for ; ; number++ {
		line, err := entries.next()
		if err != nil {
			return 0, err
		}
		if line == nil {
			break
		}
		one, err := readEntry(line)
		if err != nil {
			return 0, fmt.Errorf("entries.jsonl, line %d: %w", number+1, err)
		}
		bad := func(err error) (int64, error) { return 0, fmt.Errorf("entry %d: %w", one.index, err) }
		if number == 0 {
			proven = one.proven
		}
		switch {
		case one.index <= last:
			return bad(fmt.Errorf("stands after entry %d", last))
		case one.index >= latest.tree.N:
			return bad(fmt.Errorf("the checkpoint is of size %d", latest.tree.N))
		case one.proven != proven:
			return bad(errors.New("some entries have a proof and others none"))
		case !proven && one.index != number:
			return bad(fmt.Errorf("entry %d is missing, and there are no proofs", number))
		}
		if one.proven {
			if err := tlog.CheckRecord(one.proof, latest.tree.N, latest.tree.Hash, one.index, one.hash); err != nil {
				return bad(err)
			}
		}
		if gapless = gapless && one.index == number; gapless {
			hashes, err := tlog.StoredHashesForRecordHash(number, one.hash, tree)
			if err != nil {
				return bad(err)
			}
			tree = append(tree, hashes...)
		}
		if one.fields != nil {
			if now := one.fields["sequenced_at"].(string); now < sequenced {
				return bad(fmt.Errorf("sequenced at %s, before an entry that stands before it", now))
			} else {
				sequenced = now
			}
			if tenant := one.fields["tenant"].(string); !strings.HasSuffix(latest.origin, "/"+tenant) {
				return bad(fmt.Errorf("of tenant %s", tenant))
			}
			if err := asked.fits(one.fields); err != nil {
				return bad(err)
			}
		}
		if readable != nil {
			line, err := readable.next()
			if err != nil {
				return 0, err
			}
			if line == nil {
				return bad(errors.New("has no readable form"))
			}
			if err := checkReadable(line, one); err != nil {
				return bad(err)
			}
		}
		last = one.index
	}
	if readable != nil {
		if line, err := readable.next(); err != nil || line != nil {
			return 0, errors.Join(errors.New("readable.jsonl has more lines than entries.jsonl"), err)
		}
	}
	if number > 0 && !proven && number != latest.tree.N {
		return 0, fmt.Errorf("entry %d is missing: the tree has %d, and there are no proofs", number, latest.tree.N)
	}
	if asked != nil && asked.entries != number {
		return 0, fmt.Errorf("%d entries, of %d that were exported", number, asked.entries)
	}
	if asked != nil && asked.whole && number != latest.tree.N {
		return 0, fmt.Errorf("%d entries of %d, in an export of everything", number, latest.tree.N)
	}
	if err := checkRoots(roots, tree, number, gapless && number > 0); err != nil {
		return 0, err
	}
	return number, checkSince(old, roots, tree, number, gapless)
}

func treeHash(size int64, tree stored) (tlog.Hash, error) {
	if size == 0 {
		return tlog.Hash(sha256.Sum256(nil)), nil
	}
	return tlog.TreeHash(size, tree)
}

// checkRoots recomputes each root that the entries reach.
func checkRoots(roots map[int64]checkpoint, tree stored, number int64, gapless bool) error {
	if !gapless {
		return nil
	}
	var sizes []int64
	for size := range roots {
		sizes = append(sizes, size)
	}
	sort.Slice(sizes, func(i, j int) bool { return sizes[i] < sizes[j] })
	before := int64(0)
	for _, size := range sizes {
		if size > number {
			break
		}
		root, err := treeHash(size, tree)
		if err != nil {
			return err
		}
		if root != roots[size].tree.Hash {
			return fmt.Errorf("the entries do not lead to the checkpoint of %d: one of entries %d to %d is bad", size, before, size-1)
		}
		before = size
	}
	return nil
}

// checkSince proves that what was seen earlier is the beginning of what is seen now.
func checkSince(old *checkpoint, roots map[int64]checkpoint, tree stored, number int64, gapless bool) error {
	if old == nil {
		return nil
	}
	var root tlog.Hash
	if same, ok := roots[old.tree.N]; ok {
		root = same.tree.Hash
	} else if gapless && old.tree.N <= number {
		var err error
		if root, err = treeHash(old.tree.N, tree); err != nil {
			return err
		}
	} else {
		return fmt.Errorf("the bundle leads from no checkpoint of %d entries", old.tree.N)
	}
	if root != old.tree.Hash {
		return fmt.Errorf("split view: the first %d entries are not those of the earlier checkpoint", old.tree.N)
	}
	return nil
}

type entry struct {
	index  int64
	hash   tlog.Hash
	leaf   []byte
	fields map[string]any // nil once pruned
	proven bool
	proof  tlog.RecordProof
}

func readEntry(line []byte) (*entry, error) {
	object, err := parseObject(line)
	if err != nil {
		return nil, err
	}
	if err := only(object, "index", "leaf", "hash", "proof"); err != nil {
		return nil, err
	}
	one := &entry{}
	if one.index, err = count(object["index"]); err != nil {
		return nil, err
	}
	bad := func(err error) (*entry, error) { return nil, fmt.Errorf("entry %d: %w", one.index, err) }
	leaf, ok := object["leaf"]
	if !ok {
		return bad(errors.New("the leaf is missing"))
	}
	stated, hashed := object["hash"]
	if hashed {
		if one.hash, err = decodeHash(stated); err != nil {
			return bad(err)
		}
	}
	if leaf == nil && !hashed {
		return bad(errors.New("neither leaf nor hash"))
	}
	if leaf != nil {
		if one.leaf, err = decode(leaf); err != nil {
			return bad(err)
		}
		own := tlog.RecordHash(one.leaf)
		if hashed && own != one.hash {
			return bad(errors.New("the leaf is not the one that was hashed"))
		}
		one.hash = own
		if one.fields, err = readLeaf(one.leaf); err != nil {
			return bad(err)
		}
	}
	proof, proven := object["proof"]
	if one.proven = proven; proven {
		if one.proof, err = decodeProof(proof); err != nil {
			return bad(err)
		}
	}
	return one, nil
}

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

func readSelection(files *members, latest checkpoint) (*selection, error) {
	if files.byName["selection.json"] == nil {
		return nil, nil
	}
	content, err := files.whole("selection.json", maxSmall)
	if err != nil {
		return nil, err
	}
	object, err := parseObject(content)
	if err != nil {
		return nil, fmt.Errorf("selection.json: %w", err)
	}
	if err := only(object, "tenant", "from", "to", "meeting", "entries"); err != nil || len(object) != 5 {
		return nil, errors.New("selection.json has other fields")
	}
	asked := &selection{}
	if asked.entries, err = count(object["entries"]); err != nil {
		return nil, fmt.Errorf("selection.json: %w", err)
	}
	tenant, ok := object["tenant"].(string)
	if !ok || !strings.HasSuffix(latest.origin, "/"+tenant) {
		return nil, errors.New("selection.json is of another tenant")
	}
	for name, field := range map[string]*string{"from": &asked.from, "to": &asked.to, "meeting": &asked.meeting} {
		if object[name] == nil {
			continue
		}
		text, ok := object[name].(string)
		if !ok || name == "meeting" && !isUUID.MatchString(text) || name != "meeting" && !isTime.MatchString(text) {
			return nil, fmt.Errorf("selection.json: %q is malformed", name)
		}
		*field = text
	}
	asked.whole = asked.from == "" && asked.to == "" && asked.meeting == ""
	return asked, nil
}

// fits holds an entry to what was asked for.
func (asked *selection) fits(fields map[string]any) error {
	if asked == nil {
		return nil
	}
	at := fields["at"].(string)
	if asked.from != "" && at < asked.from || asked.to != "" && at >= asked.to || asked.meeting != "" && fields["meeting"] != asked.meeting {
		return errors.New("is not among what was asked for")
	}
	return nil
}
