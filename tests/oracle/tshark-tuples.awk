# What tshark reads in a capture, as tuples.c prints it.
#
# Input, tab-separated: frame.protocols, the last ip.src, ip.dst, ipv6.src,
# ipv6.dst, tcp.srcport, tcp.dstport, tcp.seq_raw, tcp.flags of each frame.
# The last values are those of the innermost headers.

BEGIN { FS = "\t" }

{ packets++ }

# No flags: the TCP header was cut, or contradicts itself.
$9 == "" { next }

{
	n = split($1, layer, ":")
	family = ""
	tcp = 0
	for (i = 1; i <= n && !tcp; i++) {
		if (layer[i] == "ip" || layer[i] == "ipv6")
			family = layer[i]
		else if (layer[i] ~ /^icmp/ || layer[i] == "sflow")
			next		# quotes or samples a packet, is none
		else if (layer[i] == "tcp")
			tcp = 1
	}
	if (!tcp)
		next
	segments++
	low = hex(substr($9, length($9) - 1))
	if (int(low / 2) % 2 == 0)
		next				# no SYN
	kind = int(low / 16) % 2 ? "SYNACK" : "SYN"
	src = family == "ip" ? $2 : $4
	dst = family == "ip" ? $3 : $5
	print kind, src, $6, dst, $7, $8
}

function hex(text,	i, v) {
	v = 0
	for (i = 1; i <= length(text); i++)
		v = v * 16 + index("0123456789abcdef",
				   tolower(substr(text, i, 1))) - 1
	return v
}

END {
	print "packets", packets + 0
	print "tcp", segments + 0
}
