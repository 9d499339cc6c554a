//! Damaged results: whatever bytes a file holds, decoding says what is wrong and never panics.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use std::io::{Read, Write};
use std::sync::LazyLock;
use xbench::results::{Decoder, Histogram, block};
use xbench_scenario::Simulated;

static RESULT: LazyLock<String> = LazyLock::new(|| {
    let simulated = Simulated {
        requests: 30,
        runs: 2,
        ..Simulated::default()
    };
    simulated.text()
});

/// A histogram of a result, unpacked: header and counts.
static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let result = Simulated {
        requests: 30,
        ..Simulated::default()
    }
    .result();
    let text = result["runs"][0]["latency"]["sent"]["histogram"]
        .as_str()
        .expect("it is text");
    let packed = STANDARD.decode(text).expect("it is base64");
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[8..])
        .read_to_end(&mut plain)
        .expect("it unpacks");
    plain
});

/// Packs counts again, so that what is damaged is read.
fn packed(plain: &[u8]) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).expect("memory takes it");
    let body = encoder.finish().expect("memory takes it");
    let mut bytes = vec![0x1c, 0x84, 0x93, 0x14];
    bytes.extend(
        u32::try_from(body.len())
            .expect("it is short")
            .to_be_bytes(),
    );
    bytes.extend(body);
    STANDARD.encode(bytes)
}

#[test]
fn what_was_packed_again_is_read_again() {
    let histogram = Histogram::decode(&packed(&PLAIN)).expect("nothing was damaged");
    assert_eq!(histogram.count(), 30);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn histograms_with_any_bytes_in_them(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut plain = PLAIN.clone();
        for (at, byte) in changes {
            let at = at.index(plain.len());
            plain[at] = byte;
        }
        if let Some(length) = length {
            // The length in the header follows, so that the counts themselves are what is cut.
            plain.truncate(40 + length.index(plain.len() - 40));
            let left = u32::try_from(plain.len() - 40).expect("it is short");
            plain[4..8].copy_from_slice(&left.to_be_bytes());
        }
        if let Ok(histogram) = Histogram::decode(&packed(&plain)) {
            let _ = (histogram.quantile(0.5), Histogram::merged([&histogram, &histogram]));
        }
    }

    #[test]
    fn results_with_any_bytes_in_them(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = RESULT.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Err(rejected) = Decoder::default().decode("damaged", &bytes) {
            prop_assert!(!rejected.reason.to_string().is_empty());
        }
    }

    #[test]
    fn logs_with_any_lines_in_them(lines in prop::collection::vec("[ -~\u{e9}]{0,12}", 0..12), end in any::<prop::sample::Index>()) {
        let mut log = format!("{}\n{}{}\n", block::BEGIN, *RESULT, block::END);
        for (line, at) in lines.iter().zip(1..) {
            let place = log.match_indices('\n').nth(at * 7).map_or(0, |(place, _)| place + 1);
            log.insert_str(place, &format!("{line}\n"));
        }
        let end = (0..=end.index(log.len())).rev().find(|end| log.is_char_boundary(*end)).unwrap_or_default();
        for found in block::find(&log[..end]) {
            let _ = Decoder::default().decode("log", found.json.as_bytes());
        }
    }
}
