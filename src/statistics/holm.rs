//! Several tests at once.

/// Holm's adjusted p-values, in the order given: compared with a level, they keep the chance of any false
/// alarm below it.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut largest = 0.0_f64;
    let mut left: f64 = p_values.iter().map(|_| 1.0).sum();
    for index in order {
        largest = largest.max((p_values[index] * left).min(1.0));
        adjusted[index] = largest;
        left -= 1.0;
    }
    adjusted
}
