# SPDX-License-Identifier: BSD-3-Clause
# What fish completes: of each line of standard input, the line, a tab and a
# word, for each word. usage: fish ask.fish COMPLETION

source $argv[1]; or exit 1
while read -l line
    for word in (complete -C "$line")
        printf '%s\t%s\n' "$line" (string split -f 1 \t -- $word)
    end
end
