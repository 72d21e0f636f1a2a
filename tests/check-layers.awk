# SPDX-License-Identifier: BSD-3-Clause
# Hold every #include <asymcap/...> against the list of permitted dependencies.
#
# awk -f tests/check-layers.awk tests/layers FILE...
#
# A row of tests/layers may name only rows above it, so no cycle can be
# written down; a file may include only what its layer's row names.
FILENAME == ARGV[1] {
	sub(/:/, "", $1)
	known[$1] = 1
	for (i = 2; i <= NF; i++) {
		if (!($i in known)) {
			print FILENAME ":" FNR ": " $1 " names " $i \
				" before it exists"
			bad = 1
		}
		may[$1, $i] = 1
	}
	next
}
FNR == 1 {
	own = FILENAME
	sub(/^src\//, "", own)
	sub(/^include\/asymcap\//, "", own)
	sub(/[\/.].*/, "", own)
	if (!(own in known)) {
		print FILENAME ": in no known layer"
		bad = 1
	}
}
/^#[ \t]*include[ \t]*<asymcap\// {
	to = $0
	sub(/.*<asymcap\//, "", to)
	sub(/[\/.>].*/, "", to)
	if (to != own && !((own, to) in may)) {
		print FILENAME ":" FNR ": " own " may not use " to
		bad = 1
	}
}
/^#[ \t]*include[ \t]*".*\// {
	print FILENAME ":" FNR ": a quoted include stays in its own directory"
	bad = 1
}
END { exit bad }
