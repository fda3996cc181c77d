//! "Did you mean": the one rule by which a misspelt word finds the one that was meant.

/// Returns the one of `known` that `word` was probably meant to be.
pub fn nearest<'known>(word: &str, known: impl IntoIterator<Item = &'known str>) -> Option<&'known str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|each| (strsim::jaro_winkler(&lower, &each.to_lowercase()), each))
        .filter(|(likeness, _)| *likeness > 0.78)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, each)| each)
}
