package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
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
