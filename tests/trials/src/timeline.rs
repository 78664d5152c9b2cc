//! The simulator's timeline, read as it grows: server-sent events, each a happening as JSON.

use http_body_util::BodyExt;
use serde_json::Value;

use crate::error::TrialError;
use crate::http::Http;

/// Tells every happening of a mini program, in order, until the simulator ends. A gap is an error.
pub(crate) async fn follow(http: Http, appid: &str, tell: impl Fn(&Value)) -> TrialError {
    let path = format!("/simulator/timeline?appid={appid}");
    let mut last = None;
    loop {
        // The simulator lets a reader go who falls behind; one who comes back in time misses nothing.
        if let Err(error) = read(&http, &path, &mut last, &tell).await {
            return error;
        }
    }
}

async fn read(http: &Http, path: &str, last: &mut Option<String>, tell: &impl Fn(&Value)) -> Result<(), TrialError> {
    let mut stream = http.stream(path, last.as_deref()).await?;
    let mut pending = Vec::new();
    while let Some(Ok(frame)) = stream.frame().await {
        pending.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        while let Some(end) = memchr::memmem::find(&pending, b"\n\n") {
            let event: Vec<_> = pending.drain(..end.saturating_add(2)).collect();
            take(&String::from_utf8_lossy(&event), last, tell)?;
        }
    }
    Ok(())
}

fn take(event: &str, last: &mut Option<String>, tell: &impl Fn(&Value)) -> Result<(), TrialError> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
    match (field("event:"), field("data:"), field("id:")) {
        (Some("restart"), ..) => Err(TrialError::Simulator("happenings were missed".to_owned())),
        (None, Some(data), Some(id)) => {
            *last = Some(id.to_owned());
            tell(&serde_json::from_str(data).unwrap_or_default());
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn happenings_are_told_with_their_ids_kept_and_a_gap_is_an_error() {
        let told = RefCell::new(Vec::new());
        let mut last = None;
        let tell = |happening: &Value| told.borrow_mut().push(happening.clone());
        take("event: state\ndata: {}\n\n", &mut last, &tell).unwrap();
        take("id: run-7\ndata: {\"what\":\"call\"}\n\n", &mut last, &tell).unwrap();
        assert_eq!((told.borrow().len(), last.as_deref()), (1, Some("run-7")));
        assert!(take("event: restart\ndata: {}\n\n", &mut last, &tell).is_err());
    }
}
