//! What the operating system says of this process and machine. Linux; elsewhere most is unknown.

use crate::clock::{Nanos, SECOND};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};
use std::fs;

/// CPU time of the calling thread.
pub fn thread_cpu() -> Nanos {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or_default() * SECOND
        + u64::try_from(time.tv_nsec).unwrap_or_default()
}

/// Largest resident memory of the process so far, in bytes; 0 if unknown.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// Time for which the control group has held this process back, in seconds.
pub fn throttled() -> Option<f64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let candidates = match controllers {
            "" => [
                format!("/sys/fs/cgroup{path}/cpu.stat"),
                "/sys/fs/cgroup/cpu.stat".to_owned(),
            ],
            named if named.split(',').any(|name| name == "cpu") => [
                format!("/sys/fs/cgroup/{named}{path}/cpu.stat"),
                "/sys/fs/cgroup/cpu/cpu.stat".to_owned(),
            ],
            _ => continue,
        };
        let stat = candidates
            .iter()
            .find_map(|file| fs::read_to_string(file).ok());
        if let Some(seconds) = stat.as_deref().and_then(throttled_in) {
            return Some(seconds);
        }
    }
    None
}

/// Version 2 counts microseconds, version 1 nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
fn throttled_in(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        let value = value.trim().parse::<u64>().ok()? as f64;
        match key {
            "throttled_usec" => Some(value / 1e6),
            "throttled_time" => Some(value / 1e9),
            _ => None,
        }
    })
}

/// The machine and the pod, for the result. The pod's values come from the downward API, as
/// environment variables `XBENCH_NODE`, `XBENCH_POD`, `XBENCH_NAMESPACE`, `XBENCH_POD_UID`,
/// `XBENCH_CONFIG_HASH` and Kubernetes' own `JOB_COMPLETION_INDEX`.
pub fn environment() -> Value {
    let mut found = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            found.insert(key.to_owned(), value);
        }
    };
    let name = rustix::system::uname();
    let text = |bytes: &std::ffi::CStr| Some(Value::from(bytes.to_string_lossy()));
    put("hostname", text(name.nodename()));
    put("kernel", text(name.release()));
    put("architecture", text(name.machine()));
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "));
    put("cpuModel", model.map(|(_, model)| json!(model)));
    put(
        "cpus",
        std::thread::available_parallelism()
            .ok()
            .map(|cpus| json!(cpus.get())),
    );
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"));
    let total = total
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    put(
        "memoryBytes",
        total.map(|kilobytes| json!(kilobytes * 1024)),
    );
    for (key, variable) in [
        ("node", "XBENCH_NODE"),
        ("pod", "XBENCH_POD"),
        ("namespace", "XBENCH_NAMESPACE"),
        ("podUid", "XBENCH_POD_UID"),
        ("configHash", "XBENCH_CONFIG_HASH"),
        ("completionIndex", "JOB_COMPLETION_INDEX"),
    ] {
        put(key, std::env::var(variable).ok().map(Value::from));
    }
    Value::Object(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_is_read_from_both_versions() {
        assert_eq!(
            throttled_in("usage_usec 5\nnr_throttled 1\nthrottled_usec 1500000\n"),
            Some(1.5)
        );
        assert_eq!(
            throttled_in("nr_periods 0\nthrottled_time 2000000000\n"),
            Some(2.0)
        );
        assert_eq!(throttled_in("usage_usec 5\n"), None);
    }

    #[test]
    fn this_process_has_memory_and_a_machine() {
        assert!(peak_memory() > 1 << 20);
        assert!(environment()["hostname"].is_string());
        assert!(thread_cpu() > 0);
    }
}
