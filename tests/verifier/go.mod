// A second verifier of exported logs, on Go's own libraries; go.sum holds their hashes.
module visio/tests/verifier

go 1.26.0

require golang.org/x/mod v0.38.0
