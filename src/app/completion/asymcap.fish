# SPDX-License-Identifier: BSD-3-Clause
#
# Completion of asymcap's command line in fish
#
# Names from a site file are offered if they are plain letters.

function __asymcap_is --description 'Whether the command is one of these'
    set -l words (commandline -opc)
    set -q words[2]; and contains -- $words[2] $argv
end

# Plain names of a part of the site file that the command line names
function __asymcap_site_names --argument-names part pattern
    set -l words (commandline -opc)
    set -l site
    for i in (seq 3 (count $words))
        switch $words[$i]
            case -c --site
                set -q words[(math $i + 1)]
                and set site $words[(math $i + 1)]
            case '--site=*'
                set site (string replace -- --site= '' $words[$i])
        end
    end
    set site (string replace -r -- '^~/' $HOME/ $site)
    test -f "$site"; or return
    $words[1] check --print $site 2>/dev/null |
        sed -n "/^$part:/,/^[a-z]/s,^  $pattern\$,\\1,p"
end

function __asymcap_circuits
    __asymcap_site_names circuits '\([A-Za-z][A-Za-z0-9._/-]*\):'
end

function __asymcap_services
    __asymcap_site_names services '- name: \([A-Za-z][A-Za-z0-9._/-]*\)'
end

function __asymcap_interfaces
    path basename /sys/class/net/*/
end

# Interfaces, alone or behind the name that stands before '='
function __asymcap_named_interfaces
    set -l named (string match -r -- '^[^=]*=' (commandline -ct))
    string replace -r -- '^' "$named" (__asymcap_interfaces)
    test -n "$named"; or __asymcap_circuits | string replace -r '$' =
end

# Commands
complete -c asymcap -f -n '__fish_is_first_token' -a read \
    -d 'Captures of a test window: which connections are asymmetric'
complete -c asymcap -f -n '__fish_is_first_token' -a watch \
    -d 'Live, on interfaces of mirrored ports'
complete -c asymcap -f -n '__fish_is_first_token' -a explain \
    -d 'One connection, packet by packet'
complete -c asymcap -f -n '__fish_is_first_token' -a check \
    -d 'A site file, and the plan in it'
complete -c asymcap -f -n '__fish_is_first_token' -a probe \
    -d 'Send a SYN: which circuits do it and its answer take'
complete -c asymcap -f -n '__fish_is_first_token' -a report \
    -d 'Findings as JSON Lines, to be read by people'
complete -c asymcap -f -n '__fish_is_first_token' -a diff \
    -d 'Two runs compared'
complete -c asymcap -f -n '__fish_is_first_token' -l version -d 'The version'
complete -c asymcap -s h -l help -d 'Options'

# Operands
complete -c asymcap -f -n '__asymcap_is watch' -a '(__asymcap_named_interfaces)'
complete -c asymcap -f -n '__asymcap_is probe'
complete -c asymcap -n '__asymcap_is read explain' \
    -a '(__asymcap_circuits | string replace -r \'$\' =)'

# Options of several commands
complete -c asymcap -n '__asymcap_is read watch explain probe' \
    -s c -l site -r -F -d 'Site file'
complete -c asymcap -n '__asymcap_is read watch explain' -l nat-pool -x \
    -a '(__asymcap_circuits | string replace -r \'$\' =)' \
    -d 'NAT pool of a circuit'
complete -c asymcap -n '__asymcap_is read watch report' -l format -x \
    -a 'text json html' -d 'Format of the report'
complete -c asymcap -n '__asymcap_is check diff' -l format -x \
    -a 'text json junit' -d 'Format of the report'
complete -c asymcap -n '__asymcap_is explain probe' -l format -x \
    -a 'text json' -d 'Format of the report'
complete -c asymcap \
    -n '__asymcap_is read watch explain check probe report diff' \
    -s o -l output -r -F -d 'Write there'
complete -c asymcap -n '__asymcap_is read watch explain check diff' \
    -l fail-on -x -a 'info warning critical' -d 'Exit with 1 from there on'
complete -c asymcap -n '__asymcap_is read watch explain check probe diff' \
    -l color -x -a 'auto always never' -d 'Colors'
complete -c asymcap -n '__asymcap_is read watch explain' \
    -l max-flows -x -d 'Flows kept at once'
complete -c asymcap -n '__asymcap_is read watch explain' \
    -l threads -x -d 'Threads to use'
complete -c asymcap -n '__asymcap_is read watch explain probe' \
    -s q -l quiet -d 'Errors only'
complete -c asymcap -n '__asymcap_is read watch explain probe' \
    -s v -l verbose -d 'Say more'
complete -c asymcap -n '__asymcap_is read watch' \
    -l flows -d 'Every connection, not only findings'
complete -c asymcap -n '__asymcap_is watch probe' \
    -l all -d 'Every packet at the taps'

# read
complete -c asymcap -n '__asymcap_is read' -l evidence -x \
    -a '(__fish_complete_directories)' -d 'Packets of findings, as pcapng'

# watch
complete -c asymcap -n '__asymcap_is watch' \
    -l filter -x -d 'Only what matches, see pcap-filter(7)'
complete -c asymcap -n '__asymcap_is watch' \
    -l buffer -x -d 'MiB of buffer for each interface'
complete -c asymcap -n '__asymcap_is watch' \
    -l metrics -x -d 'Serve metrics at [address:]port'
complete -c asymcap -n '__asymcap_is watch' \
    -l duration -x -d 'End after that time'
complete -c asymcap -n '__asymcap_is watch' \
    -l write -r -F -d 'Append packets of findings, as pcapng'
complete -c asymcap -n '__asymcap_is watch' \
    -l write-memory -x -d 'MiB for packets that may be wanted'
complete -c asymcap -n '__asymcap_is watch' \
    -l top -d 'A screen that is drawn anew'

# explain
complete -c asymcap -n '__asymcap_is explain' \
    -l flow -x -d 'Between these ends'
complete -c asymcap -n '__asymcap_is explain' \
    -l address -x -d 'From or to this address or prefix'
complete -c asymcap -n '__asymcap_is explain' \
    -l finding -x -d 'Those of an entry of the text report'
complete -c asymcap -n '__asymcap_is explain' \
    -l community-id -x -d 'The one with this Community ID'
complete -c asymcap -n '__asymcap_is explain' -l service -x \
    -a '(__asymcap_services)' -d 'Those of a service'
complete -c asymcap -n '__asymcap_is explain' \
    -l max -x -d 'Connections that are explained'
complete -c asymcap -n '__asymcap_is explain' \
    -l packets -x -d 'Packets that are shown of each'

# check
complete -c asymcap -n '__asymcap_is check' \
    -l routes -r -F -d 'Route table of a circuit, CIRCUIT=FILE'
complete -c asymcap -n '__asymcap_is check' \
    -l summary -r -F -d 'Summary of its route table, CIRCUIT=FILE'
complete -c asymcap -n '__asymcap_is check' \
    -l arp -r -F -d 'Its ARP table, CIRCUIT=FILE'
complete -c asymcap -n '__asymcap_is check' \
    -l peering -r -F -d 'Its peering, CIRCUIT=FILE'
complete -c asymcap -n '__asymcap_is check' \
    -l circuit -r -F -d 'What Azure says of it, CIRCUIT=FILE'
complete -c asymcap -n '__asymcap_is check' -l all -d 'List what passes, too'
complete -c asymcap -n '__asymcap_is check' \
    -l print -d 'Print the file in canonical form'

# probe
complete -c asymcap -n '__asymcap_is probe' -l tap -x \
    -a '(__asymcap_named_interfaces)' -d 'Watch that interface'
complete -c asymcap -n '__asymcap_is probe' -l service -x \
    -a 'all (__asymcap_services)' -d 'Probe a row of the plan'
complete -c asymcap -n '__asymcap_is probe' \
    -l listen -d 'Wait for a connection from outside'
complete -c asymcap -n '__asymcap_is probe' -l wait -x -d 'For so long'
complete -c asymcap -n '__asymcap_is probe' -l via -x \
    -a '(__asymcap_circuits)' -d 'The circuit that the SYN is to leave on'
complete -c asymcap -n '__asymcap_is probe' \
    -l source -x -d 'Send from this address'
complete -c asymcap -n '__asymcap_is probe' -l interface -x \
    -a '(__asymcap_interfaces)' -d 'Send by this interface'
complete -c asymcap -n '__asymcap_is probe' -s 4 -d 'IPv4 only'
complete -c asymcap -n '__asymcap_is probe' -s 6 -d 'IPv6 only'
complete -c asymcap -n '__asymcap_is probe' \
    -l connect -d 'By connect(), not with raw packets'
complete -c asymcap -n '__asymcap_is probe' -l trace -d 'TCP traceroute'
complete -c asymcap -n '__asymcap_is probe' \
    -l count -x -d 'Probes of each target'
complete -c asymcap -n '__asymcap_is probe' \
    -l interval -x -d 'Time from one to the next'
complete -c asymcap -n '__asymcap_is probe' \
    -l ports -x -d 'Source ports: how many, or FIRST-LAST'
complete -c asymcap -n '__asymcap_is probe' -l tries -x -d 'SYNs of a probe'
complete -c asymcap -n '__asymcap_is probe' -l rate -x -d 'SYNs a second'
complete -c asymcap -n '__asymcap_is probe' \
    -l force -d 'Probe what is not in the plan\'s remote, too'
complete -c asymcap -n '__asymcap_is probe' \
    -l dry-run -d 'Print the packets, send nothing'
