//! The measurements as a picture: processor time for each push, by environments and by rows.

use std::fmt::{self, Write};

use super::measure::{Measured, Scope};
use super::trial::Series;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
const PANEL: f64 = 300.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 250.0;
const LEFTS: [f64; 2] = [60.0, 430.0];
const COLOURS: [(Scope, &str); 2] = [(Scope::PushAlone, "#1a73e8"), (Scope::EndToEnd, "#d93025")];

/// An SVG with a panel for each series.
///
/// # Errors
/// Never: a string takes everything.
pub fn plot(series: &Series) -> Result<String, fmt::Error> {
    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">"#
    )?;
    writeln!(svg, r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"##)?;
    let all = || series.by_environments.iter().chain(&series.by_rows);
    let most = all().map(|measured| measured.cpu_milliseconds).fold(1.0, f64::max).ceil();
    let [left, right] = LEFTS;
    panel(&mut svg, left, "CPU ms a push, by environments", &series.by_environments, most, |it| it.environments)?;
    panel(&mut svg, right, "CPU ms a push, by rows", &series.by_rows, most, |it| it.rows)?;
    for ((scope, colour), x) in COLOURS.into_iter().zip(LEFTS) {
        let name = scope.name().replace('`', "");
        writeln!(svg, r#"<text x="{x}" y="290" fill="{colour}">● {name}</text>"#)?;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

fn panel(
    svg: &mut String,
    left: f64,
    title: &str,
    measured: &[Measured],
    most: f64,
    number: impl Fn(&Measured) -> usize,
) -> fmt::Result {
    writeln!(svg, r#"<text x="{left}" y="25" font-weight="bold">{title}</text>"#)?;
    for (share, value) in [(0.0, 0.0), (0.5, most / 2.0), (1.0, most)] {
        let (y, right) = (BOTTOM - share * (BOTTOM - TOP), left + PANEL);
        writeln!(svg, r##"<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#ddd"/>"##)?;
        writeln!(svg, r#"<text x="{}" y="{}" text-anchor="end">{value}</text>"#, left - 6.0, y + 4.0)?;
    }
    let mut numbers: Vec<_> = measured.iter().map(&number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let steps = u32::try_from(numbers.len().saturating_sub(1).max(1)).unwrap_or(1);
    let x_of = |wanted: usize| {
        let step = numbers.iter().position(|number| *number == wanted).and_then(|step| u32::try_from(step).ok());
        left + 15.0 + (PANEL - 30.0) * f64::from(step.unwrap_or_default()) / f64::from(steps)
    };
    for number in &numbers {
        writeln!(svg, r#"<text x="{:.1}" y="{}" text-anchor="middle">{number}</text>"#, x_of(*number), BOTTOM + 18.0)?;
    }
    for (scope, colour) in COLOURS {
        let points = measured.iter().filter(|it| it.scope == scope).map(|it| {
            let y = BOTTOM - it.cpu_milliseconds / most * (BOTTOM - TOP);
            format!("{:.1},{y:.1}", x_of(number(it)))
        });
        let points = points.collect::<Vec<_>>().join(" ");
        writeln!(svg, r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>"#)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_a_line_in_each_panel() {
        let measured = |scope, number| Measured {
            scope,
            environments: number,
            rows: number,
            pushes_per_second: 100.0,
            cpu_milliseconds: 2.5,
            median_milliseconds: 5,
            slowest_percent_milliseconds: 9,
        };
        let all: Vec<_> = [1, 4].into_iter().flat_map(|n| COLOURS.map(|(scope, _)| measured(scope, n))).collect();
        let svg = plot(&Series { by_environments: all.clone(), by_rows: all }).unwrap();
        assert_eq!(svg.matches("<polyline").count(), 4);
        // 2.5 ms of at most 3 is five sixths of the height; 1 and 4 are the ends of the axis.
        assert!(svg.contains("75.0,83.3 345.0,83.3"), "{svg}");
    }
}
