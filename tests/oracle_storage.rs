//! Results in S3, as `moto` speaks it: a server that shares no code with xbench.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends by panicking; it starts a server and waits for it"
)]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use xbench_scenario::{Program, Scenario, Simulated, oracle_folder};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What the server accepts: anything.
const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "x"),
    ("AWS_SECRET_ACCESS_KEY", "x"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
];

/// moto's server; dropping it ends it.
struct Moto {
    child: Child,
    url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of the tools' virtual environment.
fn python_tool(name: &str) -> Command {
    Command::new(oracle_folder().join("venv/bin").join(name))
}

impl Moto {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let child = python_tool("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto's server starts");
        let moto = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let end = Instant::now() + Duration::from_mins(1);
        while !moto.boto("s3.create_bucket(Bucket='bucket')") {
            assert!(Instant::now() < end, "moto does not answer");
            thread::sleep(Duration::from_millis(200));
        }
        moto
    }

    /// Runs a line of Python with `boto3`, and says whether it ended well.
    fn boto(&self, line: &str) -> bool {
        let script = format!("import boto3, pathlib; s3 = boto3.client('s3'); {line}");
        let output = python_tool("python")
            .args(["-c", &script])
            .env("AWS_ENDPOINT_URL", &self.url)
            .envs(CREDENTIALS)
            .output();
        output.is_ok_and(|output| output.status.success())
    }

    fn variables(&self, program: Program) -> Program {
        let with_credentials = CREDENTIALS.iter().fold(program, |program, (name, value)| {
            program.variable(name, value)
        });
        with_credentials
            .variable("AWS_ENDPOINT", &self.url)
            .variable("AWS_ALLOW_HTTP", "true")
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn results_are_read_from_s3() {
    let moto = Moto::start();
    let scenario = Scenario::empty();
    // More than the thousand objects of one page.
    let small = Simulated {
        requests: 20,
        ..Simulated::default()
    };
    for (side, seed) in [("base", 2), ("candidate", 3)] {
        for number in 0..600 {
            let one = Simulated {
                seed,
                number: 2 * number + seed % 2,
                ..small.clone()
            };
            scenario.write(format!("up/{side}/{number}.json"), one.text());
        }
    }
    let folder = scenario.path("up");
    let upload = format!(
        "root = pathlib.Path({:?}); [s3.put_object(Bucket='bucket', Key='a b/' + str(p.relative_to(root)), \
         Body=p.read_bytes()) for p in root.rglob('*.json')]",
        folder.to_str().expect("Unicode")
    );
    assert!(moto.boto(&upload));
    for (base, candidate) in [
        ("s3://bucket/a b/base/", "s3://bucket/a b/candidate"),
        (
            "s3://bucket/a b/base/*.json",
            "s3://bucket/*/candidate/?*.json",
        ),
    ] {
        let program = scenario
            .program(XBENCH)
            .args(["compare", base, candidate, "--format=csv"]);
        let said = moto.variables(program).run();
        assert!(
            said.stdout.contains(",throughput,requests/s,600,600,"),
            "{}{}",
            said.stdout,
            said.stderr
        );
    }
    let program =
        scenario
            .program(XBENCH)
            .args(["compare", "s3://bucket/a b/base/", "s3://nowhere/x"]);
    let said = moto.variables(program).run();
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("s3://nowhere/x"), "{}", said.stderr);
}
