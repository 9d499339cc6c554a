//! What an accelerator's machine can provide, and what a model can take: values against each other.

use crate::diagnostic::{Code, Diagnostic};
use crate::kubernetes::Quantity;
use crate::source::Place;
use crate::yaml::{Kind, Node};

/// Everything that values ask of a machine or model and that it does not have.
pub fn check(values: &Node) -> Vec<Diagnostic> {
    let mut check = Check {
        values,
        problems: Vec::new(),
    };
    check.platform();
    check.chips();
    check.topology();
    check.resources();
    check.parallelism();
    check.tokens();
    check.batch();
    check.deadline();
    check.gated();
    check.problems
}

struct Check<'a> {
    values: &'a Node,
    problems: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    fn node(&self, path: &str) -> Option<&'a Node> {
        self.values.at(path.split('.'))
    }

    fn text(&self, path: &str) -> &'a str {
        self.node(path).and_then(Node::as_str).unwrap_or_default()
    }

    fn number(&self, path: &str) -> Option<f64> {
        self.node(path).and_then(number)
    }

    fn count(&self, path: &str) -> Option<u64> {
        match &self.node(path)?.kind {
            Kind::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    fn quantity(&self, path: &str) -> Option<Quantity> {
        Quantity::parse(self.text(path))
    }

    fn place(&self, path: &str) -> Place {
        self.node(path).unwrap_or(self.values).place
    }

    fn find(&mut self, path: &str, message: String) -> &mut Diagnostic {
        let place = self.place(path);
        self.problems
            .push(Diagnostic::error(Code::Machine, message).at(place));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn platform(&mut self) {
        let (backend, accelerator) = (
            self.text("backend.platform"),
            self.text("accelerator.platform"),
        );
        if backend != accelerator {
            let place = self.place("backend.platform");
            let other = self.place("accelerator.platform");
            self.problems.push(
                Diagnostic::error(
                    Code::Incompatible,
                    format!("the backend drives `{backend}`, the accelerator is `{accelerator}`"),
                )
                .at(place)
                .also(other, "")
                .help("choose a pair that fits"),
            );
        }
    }

    fn chips(&mut self) {
        let (Some(asked), Some(present)) = (
            self.count("accelerator.chips"),
            self.count("accelerator.machine.chips"),
        ) else {
            return;
        };
        let machine = self.text("accelerator.machine.type");
        if self.text("accelerator.platform") == "tpu" && asked != present {
            self.find(
                "accelerator.chips",
                format!("a pod must ask for all {present} chips of a `{machine}`, not for {asked}"),
            )
            .help = Some("GKE does not share the chips of a TPU machine between pods".to_owned());
        } else if asked > present {
            self.find(
                "accelerator.chips",
                format!("{asked} chips are asked for; a `{machine}` has {present}"),
            );
        }
    }

    fn topology(&mut self) {
        let platform = self.text("accelerator.platform");
        let hosts = self.count("accelerator.hosts").unwrap_or(1);
        if hosts != 1 {
            self.find(
                "accelerator.hosts",
                format!("a slice of {hosts} machines needs as many pods; xbench renders one"),
            )
            .help = Some("choose a topology that fits one machine".to_owned());
        }
        let Some(topology) = self.node("accelerator.topology") else {
            if platform == "tpu" {
                self.find(
                    "accelerator.chips",
                    "a TPU needs `accelerator.topology`".to_owned(),
                );
            }
            return;
        };
        let text = topology.as_str().unwrap_or_default();
        if platform == "cuda" {
            self.find("accelerator.topology", "GPUs have no topology".to_owned())
                .help = Some("remove it".to_owned());
            return;
        }
        let product = text
            .split('x')
            .map(|side| side.parse::<u64>().unwrap_or(0))
            .fold(1, u64::saturating_mul);
        let chips = self.count("accelerator.machine.chips").unwrap_or(1);
        if product != chips.saturating_mul(hosts) {
            self.find(
                "accelerator.topology",
                format!(
                    "`{text}` has {product} chips; {hosts} machine of {chips} has {}",
                    chips.saturating_mul(hosts)
                ),
            );
        }
    }

    fn resources(&mut self) {
        let machine = self.text("accelerator.machine.type");
        let vcpus = self.count("accelerator.machine.vcpus").unwrap_or_default();
        let cpu = ("cpu", i128::from(vcpus) * 1000, format!("{vcpus} vCPUs"));
        let memory_text = self.text("accelerator.machine.memory");
        let memory = (
            "memory",
            self.quantity("accelerator.machine.memory")
                .map_or(0, Quantity::milli),
            memory_text.to_owned(),
        );
        for (resource, total, shown) in [cpu, memory] {
            let path = format!("server.resources.{resource}");
            let asked = [path.as_str(), &format!("loadgen.resources.{resource}")]
                .iter()
                .filter_map(|path| self.quantity(path))
                .map(Quantity::milli)
                .sum::<i128>();
            if asked > total {
                self.find(
                    &path,
                    format!("server and load generator ask for more {resource} than a `{machine}` has: {shown}"),
                )
                .help = Some("lower `server.resources`, or choose a larger machine".to_owned());
            }
        }
        let shared = self.quantity("server.sharedMemory");
        let memory = self.quantity("server.resources.memory");
        if let (Some(shared), Some(memory)) = (shared, memory)
            && shared.milli() > memory.milli()
        {
            let total = self.text("server.resources.memory");
            self.find(
                "server.sharedMemory",
                format!("the shared memory counts towards `server.resources.memory`, {total}"),
            )
            .help = Some("lower it, or raise `server.resources.memory`".to_owned());
        }
    }

    fn parallelism(&mut self) {
        let size = |flag: &str| self.count(&format!("server.flags.{flag}")).unwrap_or(1);
        let used = size("tp-size").saturating_mul(size("dp-size"));
        let chips = self.count("accelerator.chips").unwrap_or(1);
        let devices = chips.saturating_mul(self.count("accelerator.devicesPerChip").unwrap_or(1));
        if used > devices {
            let flag = if size("dp-size") > 1 {
                "dp-size"
            } else {
                "tp-size"
            };
            self.find(
                &format!("server.flags.{flag}"),
                format!(
                    "`tp-size` {} times `dp-size` {} takes {used} devices; the accelerator has {devices}",
                    size("tp-size"),
                    size("dp-size")
                ),
            );
        }
    }

    fn tokens(&mut self) {
        let Some(vocabulary) = self.count("model.vocabularySize") else {
            return;
        };
        let labels = self
            .node("benchmark.workload.labelTokenIds")
            .and_then(Node::as_list)
            .unwrap_or_default();
        for label in labels {
            if number(label).is_some_and(|id| id >= as_float(vocabulary)) {
                self.problems.push(
                    Diagnostic::error(
                        Code::Machine,
                        format!(
                            "the label id {} is outside the model's vocabulary of {vocabulary}",
                            label.to_json()
                        ),
                    )
                    .at(label.place)
                    .help(format!("ids go from 0 to {}", vocabulary.saturating_sub(1))),
                );
            }
        }
        if self
            .number("benchmark.workload.tokenIds.max")
            .is_some_and(|max| max >= as_float(vocabulary))
        {
            self.find(
                "benchmark.workload.tokenIds.max",
                format!("the token ids go beyond the model's vocabulary of {vocabulary}"),
            )
            .help = Some(format!("ids go from 0 to {}", vocabulary.saturating_sub(1)));
        }
        let limits = ["model.contextLength", "server.flags.context-length"];
        let limits = limits.iter().filter_map(|path| self.number(path));
        let Some(context) = limits.reduce(f64::min) else {
            return;
        };
        let shapes = self
            .node("benchmark.workload.shapes")
            .and_then(Node::as_list)
            .unwrap_or_default();
        for shape in shapes {
            let tokens = |key: &str| shape.get(key).and_then(number).unwrap_or(0.0);
            let prompt = tokens("queryTokens") + tokens("itemTokens");
            if prompt > context {
                self.problems.push(
                    Diagnostic::error(
                        Code::Machine,
                        format!("a prompt has {prompt} tokens; the server takes {context}"),
                    )
                    .at(shape.place),
                );
            }
        }
    }

    /// sglang-jax bounds its batches by its page table, silently: the server goes on reporting the
    /// configured number. Source: `get_max_running_reqests` of sglang-jax's
    /// `flashattention_backend.py` at cddbf6f1.
    fn batch(&mut self) {
        const TABLE: u64 = 1024 * 1024 / 2 / 4;
        let flag = |name: &str| self.count(&format!("server.flags.{name}"));
        let is_concerned = self.text("backend.platform") == "tpu"
            && self.text("server.flags.attention-backend") == "fa";
        let Some(context) = flag("context-length").or(self.count("model.contextLength")) else {
            return;
        };
        let page = flag("page-size").unwrap_or(1).max(1);
        let most = TABLE / context.div_ceil(page).max(1);
        if let Some(wanted) = flag("max-running-requests")
            && is_concerned
            && wanted > most
        {
            self.find(
                "server.flags.max-running-requests",
                format!("sglang-jax would run at most {most} requests at once, not {wanted}"),
            )
            .help = Some(
                "raise `server.flags.page-size` or lower `server.flags.context-length`".to_owned(),
            );
        }
    }

    /// A Job that Kubernetes ends before the benchmark can is money lost.
    fn deadline(&mut self) {
        let items = |path: &str| {
            self.node(path)
                .and_then(Node::as_list)
                .map_or(1.0, |items| as_float(items.len() as u64))
        };
        let number = |path: &str| self.number(&format!("benchmark.load.{path}"));
        let stages: f64 = self
            .node("benchmark.load.stages")
            .and_then(Node::as_list)
            .into_iter()
            .flatten()
            .filter_map(|stage| stage.get("durationSeconds").and_then(self::number))
            .sum();
        let run = number("durationSeconds").unwrap_or(stages);
        let sweep = items("benchmark.load.concurrency") * items("benchmark.load.ratesPerSecond");
        let runs = items("benchmark.workload.shapes") * sweep * number("runs").unwrap_or(1.0);
        let planned = runs * (run + number("pauseSeconds").unwrap_or(0.0));
        let Some(deadline) = self.number("job.activeDeadlineSeconds") else {
            return;
        };
        if planned >= deadline {
            self.find(
                "job.activeDeadlineSeconds",
                format!(
                    "the benchmark alone takes {planned} seconds, without start-up and warm-up"
                ),
            )
            .help = Some("raise it, or measure less".to_owned());
        }
    }

    fn gated(&mut self) {
        let is_gated = self
            .node("model.gated")
            .is_some_and(|node| node.kind == Kind::Bool(true));
        if is_gated
            && self.text("environment.models.source") == "hub"
            && self.node("environment.models.tokenSecret").is_none()
        {
            self.find(
                "environment.models.source",
                format!("the hub wants a token for `{}`", self.text("model.id")),
            )
            .help = Some("name the Secret in `environment.models.tokenSecret`".to_owned());
        }
    }
}

fn number(node: &Node) -> Option<f64> {
    match &node.kind {
        Kind::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// Counts here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn as_float(count: u64) -> f64 {
    count as f64
}
