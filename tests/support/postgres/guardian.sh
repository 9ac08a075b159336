# Cleans up after a cluster when the test process is gone: usage `guardian FOLDER`. Each line of its input is the process
# id of the server that runs now, or empty; the input ends when the test process does, however it does.
trap '' HUP INT TERM
postmaster=
while read -r line; do postmaster=$line; done

if [ -n "$postmaster" ]; then
    # Stopped first, it starts no more children while they are counted.
    kill -STOP "$postmaster"
    children=
    for process in /proc/[0-9]*/stat; do
        read -r child name state parent rest <"$process" || continue
        [ "$parent" = "$postmaster" ] && children="$children $child"
    done
    kill -9 $children "$postmaster"
fi

# What was killed leaves a System V segment, of which there can be 4096 on a machine. Its id is the second word of line 7.
if [ -f "$1/data/postmaster.pid" ]; then
    set -- "$1" $(sed -n 7p "$1/data/postmaster.pid")
    [ -n "$3" ] && ipcrm -m "$3"
fi

# A process that is just being killed may still make a file in a folder that is just being removed.
for attempt in 1 2 3 4 5; do
    rm -rf "$1" && break
    sleep 0.2
done
