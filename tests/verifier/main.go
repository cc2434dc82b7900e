// Verifies an exported log (docs/log-format.md) with Go's own note and tlog libraries, and shares no
// line with audit/verify.py: where the two disagree about a bundle, one of them is wrong.
package main

import (
	"fmt"
	"os"
)

func main() {
	bundle, since, ok := arguments(os.Args[1:])
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: verifier BUNDLE.zip [--since OLD_CHECKPOINT]")
		os.Exit(2)
	}
	said, err := verify(bundle, since)
	if err != nil {
		fmt.Println("REFUSED: " + err.Error())
		os.Exit(1)
	}
	fmt.Println("VERIFIED: " + said)
}

func arguments(given []string) (bundle, since string, ok bool) {
	for i := 0; i < len(given); i++ {
		switch {
		case given[i] == "--since" && i+1 < len(given):
			i++
			since = given[i]
		case bundle == "":
			bundle = given[i]
		default:
			return "", "", false
		}
	}
	return bundle, since, bundle != ""
}

func verify(path, since string) (string, error) {
	files, err := open(path)
	if err != nil {
		return "", err
	}
	defer files.Close()
	keys, err := readKeys(files)
	if err != nil {
		return "", err
	}
	latest, err := readCheckpoint(files, "checkpoint", keys)
	if err != nil {
		return "", err
	}
	if err := keys.named(latest.origin); err != nil {
		return "", err
	}
	earlier, err := readEarlier(files, keys, latest)
	if err != nil {
		return "", err
	}
	if err := checkConsistency(files, earlier, latest); err != nil {
		return "", err
	}
	var old *checkpoint
	if since != "" {
		if old, err = readOld(since, keys, latest); err != nil {
			return "", err
		}
		if err := continuity(*old, earlier, latest); err != nil {
			return "", err
		}
	}
	counted, err := checkEntries(files, latest, earlier, old)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries of %s, in its tree of %d", counted, latest.origin, latest.tree.N), nil
}
