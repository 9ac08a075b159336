//! Whether this machine lets so many connections stand side by side, and what to do where it does not.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process holds open beside its connections: standard streams, event queue, data file, libraries.
const OTHER_FILES: u64 = 64;

/// Raises the limit of open files as far as this process may, and checks that `connections` are possible: open files
/// here, and local ports towards one server.
///
/// # Errors
/// If they are not; the text says what to do.
pub(crate) fn make_room_for(connections: u64) -> Result<(), String> {
    let wanted = connections + OTHER_FILES;
    let allowed = raise_limit();
    if allowed < wanted {
        return Err(format!(
            "{connections} connections at once need {wanted} open files, but this process may open {allowed}: run \
             `ulimit -Hn {wanted}; ulimit -n {wanted}` first (as root, or after raising `nofile` in \
             /etc/security/limits.conf), or take fewer with --concurrency"
        ));
    }
    let ports = local_ports();
    if connections > ports {
        return Err(format!(
            "{connections} connections to one server need as many local ports, but there are {ports}: run \
             `sysctl net.ipv4.ip_local_port_range=\"1024 65535\"` as root, or take fewer with --concurrency"
        ));
    }
    Ok(())
}

/// Raises the limit of open files to the most that this process may set, and returns what holds now.
pub(crate) fn raise_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok() {
        return maximum.unwrap_or(u64::MAX);
    }
    current.unwrap_or(u64::MAX)
}

/// How many connections from here to one server can exist at once. Where the kernel does not tell, many.
fn local_ports() -> u64 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut numbers = range.split_whitespace().filter_map(|number| number.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(first), Some(last)) if first <= last => last - first + 1,
        _ => u64::from(u16::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_connections_than_ports_are_refused_with_advice() {
        assert!(make_room_for(1).is_ok());
        let error = make_room_for(10_000_000_000).unwrap_err();
        assert!(error.contains("--concurrency"), "{error}");
    }
}
