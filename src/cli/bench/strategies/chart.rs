//! The comparison as a picture.

use std::fmt::Write as _;

use super::measured::Figures;
use super::strategy::Strategy;
use crate::cli::bench::picture::{Picture, text};
use crate::verify::grouped;

/// What is drawn and written on it.
pub(super) struct Chart<'a> {
    /// Of one number of outstanding requests; the strategies of each number of events together, in the same order.
    pub(super) settings: Vec<&'a [Figures]>,
    /// What it was measured with, in lines short enough to be read under the picture.
    pub(super) footer: Vec<String>,
}

/// From sign-ups a second to places on the page. Logarithmic: without it all but the longest would look alike.
struct Scale {
    least: f64,
    most: f64,
}

const WIDTH: f64 = 880.0;
/// Where the bars begin and where the longest may end, so that its number has room.
const LEFT: f64 = 236.0;
const RIGHT: f64 = 700.0;
/// Where the first group of bars begins.
const TOP: f64 = 112.0;
const BAR: f64 = 15.0;
const BETWEEN_BARS: f64 = 2.0;
const BETWEEN_GROUPS: f64 = 15.0;
const LINE: f64 = 17.0;

const STYLE: &str = "\
.bad{font-weight:bold;fill:#c4202c}\
.others{fill:#6e7781}.ours{fill:#0969da}.wrong{fill:#d1242f}\
.others.pale{fill:#b4bbc3}.ours.pale{fill:#7ab2f2}.wrong.pale{fill:#eb8c92}\
@media (prefers-color-scheme:dark){.bad{fill:#ff7b72}\
.others{fill:#9198a1}.ours{fill:#4493f8}.wrong{fill:#f85149}\
.others.pale{fill:#545b64}.ours.pale{fill:#27538c}.wrong.pale{fill:#8c302d}}";

impl Chart<'_> {
    /// The whole file.
    pub(super) fn draw(&self) -> String {
        let scale = Scale::of(self.all().map(|figures| figures.sign_ups_per_second));
        let bottom = TOP + self.group_height() * self.groups().len() as f64;
        let height = bottom + 66.0 + LINE * self.footer.len() as f64;
        let mut picture = Picture::new((WIDTH, height), TITLE, SUBTITLE, &self.in_words(), STYLE);
        let svg = &mut picture.svg;
        self.draw_legend(svg);
        draw_axis(svg, &scale, bottom);
        for (index, group) in self.groups().iter().enumerate() {
            self.draw_group(svg, &scale, TOP + self.group_height() * index as f64, group);
        }
        for (index, line) in self.footer.iter().enumerate() {
            text(svg, "small", (24.0, bottom + 62.0 + LINE * index as f64), line);
        }
        picture.finish()
    }

    fn all(&self) -> impl Iterator<Item = &Figures> {
        self.settings.iter().flat_map(|figures| figures.iter())
    }

    /// The bars of each strategy.
    fn groups(&self) -> Vec<Vec<&Figures>> {
        let strategies = self.settings.first().map_or(0, |figures| figures.len());
        (0..strategies).map(|index| self.settings.iter().map(|figures| &figures[index]).collect()).collect()
    }

    fn group_height(&self) -> f64 {
        (BAR + BETWEEN_BARS) * self.settings.len() as f64 + BETWEEN_GROUPS
    }

    fn draw_legend(&self, svg: &mut String) {
        let mut left = LEFT;
        for (index, figures) in self.settings.iter().enumerate() {
            let what = events(figures[0].events);
            bar(svg, "others", (left, 78.0), 14.0, index);
            text(svg, "small", (left + 20.0, 90.0), &what);
            left += 48.0 + what.len() as f64 * 6.5;
        }
        bar(svg, "wrong", (left, 78.0), 14.0, 0);
        text(svg, "small", (left + 20.0, 90.0), "gave away places that there were not");
    }

    fn draw_group(&self, svg: &mut String, scale: &Scale, top: f64, group: &[&Figures]) {
        let middle = top + (BAR + BETWEEN_BARS) * group.len() as f64 / 2.0;
        let label = group[0].label;
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", LEFT - 10.0, middle + 3.5);
        for (index, figures) in group.iter().enumerate() {
            let top = top + (BAR + BETWEEN_BARS) * index as f64;
            let end = scale.place(figures.sign_ups_per_second);
            bar(svg, class(figures), (LEFT, top), end - LEFT, index);
            let number = rounded(figures.sign_ups_per_second);
            text(svg, "number", (end + 6.0, top + 12.0), &number);
            if let Some(problem) = problem(figures) {
                text(svg, "number bad", (end + 14.0 + number.len() as f64 * 7.0, top + 12.0), &problem);
            }
        }
    }

    /// For those who do not see it.
    fn in_words(&self) -> String {
        let one = |figures: &Figures| {
            let problem = problem(figures).map(|problem| format!(" ({problem})")).unwrap_or_default();
            let rate = rounded(figures.sign_ups_per_second);
            format!("{}, {}: {rate}{problem}", figures.label, events(figures.events))
        };
        self.all().map(one).collect::<Vec<String>>().join("; ")
    }
}

const TITLE: &str = "Sign-ups a second, by the way places are given away";
const SUBTITLE: &str = "On the same PostgreSQL and the same tables. Each line stands for ten times the one before it.";

impl Scale {
    /// From the power of ten below the least to the round number above the most.
    fn of(values: impl Iterator<Item = f64>) -> Scale {
        let (least, most) = values
            .filter(|value| *value > 0.0)
            .fold((f64::INFINITY, 0.0), |(least, most), value| (f64::min(least, value), f64::max(most, value)));
        if most == 0.0 {
            return Scale { least: 1.0, most: 10.0 };
        }
        let least = 10_f64.powf((least / 1.5).log10().floor());
        let decade = 10_f64.powf(most.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * decade).find(|round| *round >= most);
        Scale { least, most: round.unwrap_or(most) }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.max(self.least) / self.least).log10() / (self.most / self.least).log10();
        LEFT + part * (RIGHT - LEFT)
    }

    fn powers_of_ten(&self) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(self.least), |power| Some(power * 10.0))
            .take_while(|power| *power <= self.most * 1.001)
    }
}

fn draw_axis(svg: &mut String, scale: &Scale, bottom: f64) {
    for power in scale.powers_of_ten() {
        let at = scale.place(power);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{at:.1} {}V{bottom:.1}\"/>", TOP - 8.0);
        let label = rounded(power);
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            bottom + 16.0
        );
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    let _ = writeln!(
        svg,
        "<text class=\"small\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">sign-ups a second, durable when \
         answered (logarithmic)</text>",
        bottom + 34.0
    );
}

/// The first bar of a strategy is full, those behind it are paler.
fn bar(svg: &mut String, class: &str, (left, top): (f64, f64), width: f64, index: usize) {
    let pale = if index == 0 { "" } else { " pale" };
    let _ = writeln!(
        svg,
        "<rect class=\"{class}{pale}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>",
        width.max(1.0)
    );
}

fn class(figures: &Figures) -> &'static str {
    if problem(figures).is_some() {
        "wrong"
    } else if figures.strategy == Strategy::Lanes.name() || figures.strategy == Strategy::LanesKeys.name() {
        "ours"
    } else {
        "others"
    }
}

fn problem(figures: &Figures) -> Option<String> {
    match (figures.overbooked, figures.false_refusals) {
        (0, 0) => None,
        (0, refused) => Some(format!("{refused} refused falsely")),
        (overbooked, _) => Some(format!("{overbooked} overbooked")),
    }
}

fn events(count: u32) -> String {
    if count == 1 { "one hot event".to_owned() } else { format!("{count} hot events") }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and far below 2^63")]
fn rounded(value: f64) -> String {
    grouped(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(strategy: Strategy, events: u32, sign_ups_per_second: f64, overbooked: u64) -> Figures {
        Figures {
            strategy: strategy.name(),
            label: strategy.label(),
            events,
            outstanding: 64,
            sign_ups_per_second,
            sign_ups_per_second_least: sign_ups_per_second,
            sign_ups_per_second_most: sign_ups_per_second,
            p50_ms: 1.0,
            p99_ms: 2.0,
            places: 300,
            overbooked,
            false_refusals: 0,
            retries: 0,
            retries_per_sign_up: 0.0,
            gave_up: 0,
            ratio_to_row_lock: None,
            ratio_to_counter: None,
        }
    }

    #[test]
    fn every_strategy_has_a_bar_for_each_setting_and_red_ones_say_why() {
        let one = [figures(Strategy::Unlocked, 1, 3_000.0, 61), figures(Strategy::Lanes, 1, 16_170.4, 0)];
        let many = [figures(Strategy::Unlocked, 64, 5_000.0, 0), figures(Strategy::Lanes, 64, 9_000.0, 0)];
        let svg = Chart { settings: vec![&one, &many], footer: vec!["a < b & c".to_owned()] }.draw();
        let counts =
            ["\"others\"", "\"others pale\"", "\"ours\"", "\"ours pale\"", "\"wrong\"", "61 overbooked</text>"];
        // One more of the grey ones and of the red one in the legend.
        assert_eq!(counts.map(|what| svg.matches(what).count()), [1, 2, 1, 1, 2, 1], "{svg}");
        assert!(svg.contains(">16,170<") && svg.contains("a &lt; b &amp; c"), "{svg}");
    }

    #[test]
    fn a_scale_holds_all_values_and_shows_powers_of_ten() {
        let scale = Scale::of([234.0, 16_170.0].into_iter());
        assert_eq!((scale.least, scale.most), (100.0, 20_000.0));
        assert_eq!(scale.powers_of_ten().collect::<Vec<f64>>(), [100.0, 1_000.0, 10_000.0]);
        assert!(scale.place(16_170.0) < RIGHT && scale.place(100.0) == LEFT && scale.place(0.0) == LEFT);
        assert!(Scale::of(std::iter::empty()).place(0.0) >= LEFT);
    }
}
