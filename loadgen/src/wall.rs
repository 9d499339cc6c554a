//! Dates and times of day, for people. Nothing is measured with them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An instant as `2026-07-22T10:00:00.000Z`.
pub fn utc(instant: SystemTime) -> String {
    let since = instant.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, of_day) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(i64::try_from(days).unwrap_or_default());
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60,
        since.subsec_millis()
    )
}

/// Year, month and day of a number of days since 1970-01-01 (Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970-01-01 of a date (Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads `2026-07-22T10:00:00Z`, with or without a fraction, or seconds since 1970.
pub fn parse(text: &str) -> Result<SystemTime, String> {
    let wrong = || format!("`{text}` is no instant; write for example 2026-07-22T10:00:00Z");
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds)
            .map(|since| UNIX_EPOCH + since)
            .map_err(|_| wrong());
    }
    let body = text.strip_suffix('Z').ok_or_else(wrong)?;
    let (date, time) = body.split_once('T').ok_or_else(wrong)?;
    let numbers: Vec<i64> = date
        .split('-')
        .filter_map(|part| part.parse().ok())
        .collect();
    let parts: Vec<f64> = time
        .split(':')
        .filter_map(|part| part.parse().ok())
        .collect();
    let ([year, month, day], [hours, minutes, seconds]) = (numbers.as_slice(), parts.as_slice())
    else {
        return Err(wrong());
    };
    if !(1970..=9999).contains(year) || !(1..=12).contains(month) || !(1..=31).contains(day) {
        return Err(wrong());
    }
    if !(0.0..24.0).contains(hours)
        || !(0.0..60.0).contains(minutes)
        || !(0.0..61.0).contains(seconds)
    {
        return Err(wrong());
    }
    let midnight = u64::try_from(days(*year, *month, *day)).map_err(|_| wrong())? * 86_400;
    let of_day = Duration::from_secs_f64(hours * 3600.0 + minutes * 60.0 + seconds);
    Ok(UNIX_EPOCH + Duration::from_secs(midnight) + of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_and_read() {
        for (seconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (951_782_400.0, "2000-02-29T00:00:00.000Z"),
            (1_784_714_400.5, "2026-07-22T10:00:00.500Z"),
            (4_107_542_399.0, "2100-02-28T23:59:59.000Z"),
        ] {
            let instant = UNIX_EPOCH + Duration::from_secs_f64(seconds);
            assert_eq!(utc(instant), text);
            assert_eq!(parse(text), Ok(instant));
        }
        assert_eq!(
            parse("12.5"),
            Ok(UNIX_EPOCH + Duration::from_millis(12_500))
        );
        for text in [
            "",
            "now",
            "2026-13-01T00:00:00Z",
            "2026-07-22 10:00",
            "2026-07-22T25:00:00Z",
            "-1",
            "1e300",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
