# SPDX-License-Identifier: Apache-2.0
# counts.tsv of the benchmark into Markdown; goals: empty frames 8 times, typical ones 5 times fewer instructions than the
# plain twin, BlazeFace on a typical frame below 60,000.
function goal(text) { print "missed: " text >"/dev/stderr"; missed = 1 }
$11 == "FAILED" { goal($1 " finds other boxes than its plain twin on the frame \"" $3 "\": " $5 " and " $12) }
!($1 in anchors) { order[++rows] = $1; anchors[$1] = $2; ram[$1] = $8 " | " $9 " | " $10 }
{
    ratio = $7 / $6
    if ($3 == "empty" && ratio < 8) goal($1 ", empty frame: " ratio " times")
    if ($3 == "typical" && ratio < 5) goal($1 ", typical frame: " ratio " times")
    if ($3 == "typical" && $1 ~ /^BlazeFace/ && $6 >= 60000) goal($1 ", typical frame: " $6 " instructions")
    cell[$1, $3] = ($3 == "empty" ? "" : $4 " / " $5 " | ") sprintf("%d | %d | %.1f", $6, $7, ratio)
}
END {
    print "| decoder | anchors | empty: instructions | plain | times | typical: candidates / faces | instructions | plain | times | crowd: candidates / faces | instructions | plain | times |"
    print "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for (i = 1; i <= rows; i++) {
        name = order[i]
        print "| " name " | " anchors[name] " | " cell[name, "empty"] " | " cell[name, "typical"] " | " cell[name, "crowd"] " |"
    }
    print ""
    print "Bytes of memory with the usual room for 256 candidates and 32 detections; parameters are constants and lie in flash:"
    print ""
    print "| decoder | parameters | candidates | detections |"
    print "|---|---:|---:|---:|"
    for (i = 1; i <= rows; i++) {
        print "| " order[i] " | " ram[order[i]] " |"
    }
    exit missed
}
