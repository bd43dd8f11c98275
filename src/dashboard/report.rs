//! The report of a case as one HTML file that can be read, printed and kept
//! without anything else.

use askama::Template;

use crate::api::wire::views::ReportView;
use crate::model::Time;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    r: &'a ReportView,
    percent: String,
}

/// The whole file.
pub fn html(report: &ReportView) -> Result<String, askama::Error> {
    let probability = report.case.leak.as_ref().map_or(0.0, |l| l.probability);
    let percent =
        if probability > 0.999_999 { "more than 99.9999".to_owned() } else { format!("{:.4}", probability * 100.0) };
    Page { r: report, percent }.render()
}

impl Page<'_> {
    fn when(&self, at: &Time) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}
