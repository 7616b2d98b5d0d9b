//! Load, processors and memory of this host. Compat: `/system/stats.json`, `system/*` metrics.

use mesos_process::http::{Request, Response, Route, Router};

use crate::json;
use crate::metrics::Source;

/// What the host reports now; `None` where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SystemStats {
    /// Averages over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    pub cpus_total: u64,
    pub mem_total_bytes: Option<u64>,
    pub mem_free_bytes: Option<u64>,
}

/// Reads `/proc`.
pub fn stats() -> SystemStats {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let memory = read("/proc/meminfo");
    SystemStats {
        load: parse_load(&read("/proc/loadavg")),
        cpus_total: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
        mem_total_bytes: parse_memory(&memory, "MemTotal:"),
        mem_free_bytes: parse_memory(&memory, "MemFree:"),
    }
}

fn parse_load(text: &str) -> Option<[f64; 3]> {
    let mut words = text.split_ascii_whitespace().map(str::parse);
    let mut next = || words.next()?.ok();
    Some([next()?, next()?, next()?])
}

fn parse_memory(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

impl SystemStats {
    /// The object of `/system/stats.json`, keys sorted.
    pub fn to_json(&self) -> Vec<u8> {
        enum Number {
            Double(f64),
            Integer(u64),
        }
        let load = |index: usize| self.load.map(|load| Number::Double(load[index]));
        let pairs = [
            ("avg_load_15min", load(2)),
            ("avg_load_1min", load(0)),
            ("avg_load_5min", load(1)),
            ("cpus_total", Some(Number::Integer(self.cpus_total))),
            ("mem_free_bytes", self.mem_free_bytes.map(Number::Integer)),
            ("mem_total_bytes", self.mem_total_bytes.map(Number::Integer)),
        ];
        let present = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut out = Vec::new();
        json::put_object(&mut out, present, |out, value| match value {
            Number::Double(value) => json::put_double(out, value),
            Number::Integer(value) => {
                out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
            }
        });
        out
    }
}

/// The `system/*` metrics; every registry has them.
pub(crate) struct SystemMetrics;

impl Source for SystemMetrics {
    fn collect(&self, put: &mut dyn FnMut(&str, f64)) {
        let stats = stats();
        if let Some([one, five, fifteen]) = stats.load {
            put("system/load_1min", one);
            put("system/load_5min", five);
            put("system/load_15min", fifteen);
        }
        put("system/cpus_total", stats.cpus_total as f64);
        if let Some(bytes) = stats.mem_total_bytes {
            put("system/mem_total_bytes", bytes as f64);
        }
        if let Some(bytes) = stats.mem_free_bytes {
            put("system/mem_free_bytes", bytes as f64);
        }
    }
}

/// Adds `/system/stats.json`.
pub fn mount(router: &mut Router) {
    let handler = |request: Request| async move {
        Response::json(stats().to_json(), request.query.get("jsonp"))
    };
    router.add(
        "system",
        "/stats.json",
        Route::new(handler).help("Shows local system metrics: load, processors and memory.\n"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_parsed() {
        assert_eq!(
            parse_load("0.50 1.25 2.00 1/300 4242\n"),
            Some([0.5, 1.25, 2.0])
        );
        assert_eq!(parse_load("x"), None);
        let memory = "MemTotal:       24684092 kB\nMemFree:        1 kB\n";
        assert_eq!(parse_memory(memory, "MemTotal:"), Some(24_684_092 * 1024));
        assert_eq!(parse_memory(memory, "Swap:"), None);
    }

    #[test]
    fn the_object_keeps_loads_as_doubles_and_the_rest_as_integers() {
        let stats = SystemStats {
            load: Some([6.5, 7.0, 8.25]),
            cpus_total: 2,
            mem_total_bytes: Some(10),
            mem_free_bytes: Some(5),
        };
        assert_eq!(
            String::from_utf8_lossy(&stats.to_json()),
            "{\"avg_load_15min\":8.25,\"avg_load_1min\":6.5,\"avg_load_5min\":7.0,\
             \"cpus_total\":2,\"mem_free_bytes\":5,\"mem_total_bytes\":10}"
        );
    }
}
