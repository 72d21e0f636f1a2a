# SPDX-License-Identifier: BSD-3-Clause
# What zsh completes: of each line of standard input, the line, a tab and a
# word, for each word. usage: zsh -f ask.zsh FOLDER
#
# zsh completes in its line editor only. So another zsh sits on a terminal of
# its own, gets each line with a tab behind it, and notes what is handed to
# compadd, the builtin through which all matches go.

zmodload zsh/zpty
dir=$(mktemp -d) || exit 1
TRAPEXIT() { zpty -d inner 2>/dev/null; rm -rf $dir }

cat >$dir/inner <<'END'
PS1= PS2=
fpath=($folder $fpath)
autoload -Uz compinit && compinit -D -u
zstyle ':completion:*' verbose no
zstyle ':completion:*' menu no
compadd() {
  local -a hits
  local i=${argv[(i)(-|--)]}
  if (( ${argv[1,i-1][(I)-[OAD]*]} )); then
    builtin compadd "$@"
    return
  fi
  builtin compadd -O hits "$@"
  (( $#hits )) && print -rl -- $hits >>$dir/words
  builtin compadd "$@"
}
note() {
  _main_complete
  compstate[insert]=''
  compstate[list]=''
  print >>$dir/done
}
zle -C note complete-word note
bindkey '^I' note
bindkey '^U' kill-whole-line
print >$dir/ready
END

# wait_for FILE: for 20 seconds at most
wait_for() {
  integer n
  until [[ -e $1 ]]; do
    (( ++n > 2000 )) && { print -u2 "ask.zsh: no answer: $1"; exit 1 }
    sleep 0.01
  done
}

zpty -b inner "TERM=dumb PATH=${(q)PATH} zsh -f -i"
zpty -n -w inner "dir=${(q)dir} folder=${(q)1}; source $dir/inner"$'\n'
wait_for $dir/ready
while IFS= read -r line; do
  rm -f $dir/words $dir/done
  : >$dir/words
  zpty -n -w inner $'\x15'"$line"$'\t'
  wait_for $dir/done
  while IFS= read -r word; do
    print -r -- "$line"$'\t'"${word%=}"
  done <$dir/words
  while zpty -r -t inner scrap; do :; done
done
