package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type keyring struct {
	note.Verifiers
	names  map[string]bool
	public map[string]string // by id, the key itself, which is the same under other names
}

// logOf names the log wherever the installation is or was reached: what follows the host.
func logOf(origin string) string {
	_, log, _ := strings.Cut(origin, "/")
	return log
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
	signed map[string]bool // public keys that signed
}

func readKeys(files *members) (*keyring, error) {
	content, err := files.whole("keys.txt", maxSmall)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(content) || !bytes.HasSuffix(content, []byte("\n")) {
		return nil, errors.New("keys.txt is no text of whole lines")
	}
	var list []note.Verifier
	ring := &keyring{names: map[string]bool{}, public: map[string]string{}}
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		verifier, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("keys.txt: %w", err)
		}
		encoded := strings.SplitN(line, "+", 3)[2]
		if _, err := decode(encoded); err != nil {
			return nil, fmt.Errorf("keys.txt: %w", err)
		}
		id := fmt.Sprintf("%s+%08x", verifier.Name(), verifier.KeyHash())
		if seen[id] || !strings.HasPrefix(line, id+"+") {
			return nil, fmt.Errorf("keys.txt: %s stands twice or is not written in its only form", id)
		}
		seen[id] = true
		ring.names[verifier.Name()] = true
		ring.public[id] = encoded
		list = append(list, verifier)
	}
	ring.Verifiers = note.VerifierList(list...)
	return ring, nil
}

// named holds every key to the log's name: a key of something else has no place in the bundle.
func (keys *keyring) named(origin string) error {
	for name := range keys.names {
		if logOf(name) != logOf(origin) {
			return fmt.Errorf("keys.txt has a key of %q, the checkpoint is of %q", name, origin)
		}
	}
	return nil
}

func openCheckpoint(name string, content []byte, keys *keyring) (checkpoint, error) {
	opened, err := note.Open(content, keys)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", name, err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(content[len(opened.Text)+1:]), "\n"), "\n") {
		if _, err := decode(line[strings.LastIndex(line, " ")+1:]); err != nil {
			return checkpoint{}, fmt.Errorf("%s: a signature: %w", name, err)
		}
	}
	text := strings.Split(opened.Text, "\n")
	if len(text) != 4 || text[0] == "" || text[3] != "" {
		return checkpoint{}, fmt.Errorf("%s is not of three lines", name)
	}
	size, err := parseCount(text[1])
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", name, err)
	}
	root, err := decodeHash(text[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", name, err)
	}
	if size == 0 && root != tlog.Hash(sha256.Sum256(nil)) {
		return checkpoint{}, fmt.Errorf("%s: the empty tree has another root", name)
	}
	read := checkpoint{text[0], tlog.Tree{N: size, Hash: root}, map[string]bool{}}
	for _, signature := range opened.Sigs {
		read.signed[keys.public[fmt.Sprintf("%s+%08x", signature.Name, signature.Hash)]] = true
		if signature.Name != read.origin {
			return checkpoint{}, fmt.Errorf("%s is signed in the name of %q", name, signature.Name)
		}
	}
	return read, nil
}

func readCheckpoint(files *members, name string, keys *keyring) (checkpoint, error) {
	content, err := files.whole(name, maxSmall)
	if err != nil {
		return checkpoint{}, err
	}
	return openCheckpoint(name, content, keys)
}

// readEarlier reads checkpoints/SIZE, smallest first.
func readEarlier(files *members, keys *keyring, latest checkpoint) ([]checkpoint, error) {
	var earlier []checkpoint
	for _, name := range files.checkpoints() {
		read, err := readCheckpoint(files, name, keys)
		if err != nil {
			return nil, err
		}
		switch {
		case name != fmt.Sprintf("checkpoints/%d", read.tree.N):
			return nil, fmt.Errorf("%s is of size %d", name, read.tree.N)
		case logOf(read.origin) != logOf(latest.origin):
			return nil, fmt.Errorf("%s is of another log", name)
		case read.tree.N > latest.tree.N:
			return nil, fmt.Errorf("%s is larger than the checkpoint", name)
		case read.tree.N == latest.tree.N && read.tree.Hash != latest.tree.Hash:
			return nil, fmt.Errorf("split view: %s has another root than the checkpoint", name)
		}
		earlier = append(earlier, read)
	}
	sort.Slice(earlier, func(i, j int) bool { return earlier[i].tree.N < earlier[j].tree.N })
	return earlier, nil
}

// checkConsistency proves that each earlier checkpoint is a prefix of the latest one.
func checkConsistency(files *members, earlier []checkpoint, latest checkpoint) error {
	content, err := files.whole("consistency.json", maxConsistency)
	if err != nil {
		return err
	}
	value, err := parse(content)
	if err != nil {
		return fmt.Errorf("consistency.json: %w", err)
	}
	list, ok := value.([]any)
	if !ok {
		return errors.New("consistency.json is no list")
	}
	proofs := map[int64][]tlog.Hash{}
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok || only(object, "from", "to", "proof") != nil {
			return fmt.Errorf("consistency.json, proof %d is malformed", i)
		}
		from, err1 := count(object["from"])
		to, err2 := count(object["to"])
		proof, err3 := decodeProof(object["proof"])
		if err := errors.Join(err1, err2, err3); err != nil {
			return fmt.Errorf("consistency.json, proof %d: %w", i, err)
		}
		if to != latest.tree.N || proofs[from] != nil {
			return fmt.Errorf("consistency.json, proof %d does not lead to the checkpoint, or stands twice", i)
		}
		proofs[from] = proof
	}
	for _, old := range earlier {
		proof, ok := proofs[old.tree.N]
		delete(proofs, old.tree.N)
		if !ok && old.tree.N < latest.tree.N && old.tree.N > 0 {
			return fmt.Errorf("no proof from %d to %d", old.tree.N, latest.tree.N)
		}
		if old.tree.N == 0 || !ok {
			if len(proof) > 0 {
				return fmt.Errorf("the empty tree needs no proof")
			}
			continue
		}
		if err := tlog.CheckTree(proof, latest.tree.N, latest.tree.Hash, old.tree.N, old.tree.Hash); err != nil {
			return fmt.Errorf("the tree of %d is no prefix of the tree of %d: %w", old.tree.N, latest.tree.N, err)
		}
	}
	for from := range proofs {
		return fmt.Errorf("a proof from %d, of which there is no checkpoint", from)
	}
	return nil
}

func readOld(path string, keys *keyring, latest checkpoint) (*checkpoint, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(content) > maxSmall {
		return nil, fmt.Errorf("%s is too large", path)
	}
	old, err := openCheckpoint("the earlier checkpoint", content, keys)
	if err != nil {
		return nil, err
	}
	switch {
	case logOf(old.origin) != logOf(latest.origin):
		return nil, fmt.Errorf("the earlier checkpoint is of %q", old.origin)
	case old.tree.N > latest.tree.N:
		return nil, fmt.Errorf("the log had %d entries, now it has %d", old.tree.N, latest.tree.N)
	}
	return &old, nil
}

// continuity follows the keys from one that the holder of the old checkpoint trusts, over
// checkpoints that two keys signed.
func continuity(old checkpoint, earlier []checkpoint, latest checkpoint) error {
	trusted := map[string]bool{}
	for id := range old.signed {
		trusted[id] = true
	}
	for _, next := range append(append([]checkpoint{}, earlier...), latest) {
		if next.tree.N < old.tree.N {
			continue
		}
		for id := range next.signed {
			if trusted[id] {
				for other := range next.signed {
					trusted[other] = true
				}
				break
			}
		}
	}
	for id := range latest.signed {
		if trusted[id] {
			return nil
		}
	}
	return errors.New("no checkpoint signed by two keys leads from the earlier checkpoint's key to the latest one's")
}
