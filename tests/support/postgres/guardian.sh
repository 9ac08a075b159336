# Cleans up after a cluster when the test process is gone: usage `guardian FOLDER`. Each line of its input is the process
# id of the server that runs now, or empty; the input ends when the test process does, however it does.
trap '' HUP INT TERM
postmaster=
while read -r line; do postmaster=$line; done

if [ -n "$postmaster" ]; then
    # Stopped first, it starts no more children while they are counted.
    kill -STOP "$postmaster" 2>/dev/null
    children=
    for process in /proc/[0-9]*/stat; do
        read -r child name state parent rest <"$process" || continue
        [ "$parent" = "$postmaster" ] && children="$children $child"
    done 2>/dev/null # A process may end before its file is read.
    kill -9 $children "$postmaster" 2>/dev/null
    # Z: it has ended, and its parent has yet to take note.
    for process in $children "$postmaster"; do
        while read -r child name state rest <"/proc/$process/stat" && [ "$state" != Z ]; do sleep 0.01; done 2>/dev/null
    done
fi

# What was killed leaves a System V segment, of which there can be 4096 on a machine. Its id is the second word of line 7.
if [ -f "$1/data/postmaster.pid" ]; then
    set -- "$1" $(sed -n 7p "$1/data/postmaster.pid")
    [ -n "$3" ] && ipcrm -m "$3" 2>/dev/null
fi

rm -rf "$1"
