//! `simulator push`, `trigger` and `replay`: what each asks a running simulator to do.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use protocol::format::Format;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::event::Event;
use crate::replay_file::{NoPush, ReplayFile};
use crate::sending_options::SendingOptions;
use crate::set_field::{self, SetField};
use crate::users::DEMO_OPENID;

#[derive(Debug, Args)]
pub(crate) struct Push {
    #[command(flatten)]
    options: SendingOptions,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The user sends a text.
    Text {
        #[arg(allow_hyphen_values = true)]
        content: String,
    },
    /// The user sends an image.
    Image {
        #[arg(long)]
        pic_url: String,
        #[arg(long, default_value = "simulated-media-id")]
        media_id: String,
    },
    /// The user sends a mini-program card.
    Miniprogrampage {
        #[arg(long)]
        title: String,
        #[arg(long, default_value = "pages/index/index")]
        page_path: String,
        #[arg(long, default_value = "wx0123456789abcdef")]
        app_id: String,
        #[arg(long, default_value = "")]
        thumb_url: String,
        #[arg(long, default_value = "")]
        thumb_media_id: String,
    },
    /// Repeats the user's last push, byte for byte.
    Again,
}

#[derive(Debug, Args)]
pub(crate) struct Trigger {
    #[command(flatten)]
    options: SendingOptions,
    /// The event. Its fields are a sample of WeChat's.
    #[arg(value_enum)]
    event: Event,
    /// Replaces a field of the sample: Name=text for a string, Name:=JSON for any other value. May be given several times.
    #[arg(long, value_name = "FIELD")]
    set: Vec<SetField>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    options: SendingOptions,
    /// A file with one push, or - for standard input: the message as JSON or XML, the body of a push as it came, or a record
    /// of the failed queue. The message is encrypted and signed again; its fields stay as they are.
    file: PathBuf,
    /// Replaces a field of the file: Name=text for a string, Name:=JSON for any other value. May be given several times.
    #[arg(long, value_name = "FIELD")]
    set: Vec<SetField>,
    /// Give the message a new `CreateTime` and `MsgId`. Without them the product treats it as a repeat.
    #[arg(long)]
    fresh: bool,
}

/// What to ask of which simulator.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) simulator: Url,
    /// Below `/simulator/`.
    pub(crate) path: &'static str,
    pub(crate) body: Value,
}

/// Why a command orders nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActError {
    #[error("{}: cannot be read ({source})", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {source}", .path.display())]
    NoPush { path: PathBuf, source: NoPush },
    #[error("the sample of this event is broken ({0})")]
    Sample(#[from] serde_json::Error),
}

impl Push {
    pub(crate) fn order(self) -> Order {
        let Self { options, what } = self;
        let (path, body) = match what.message() {
            None => ("push/again", options.order_again().into()),
            Some(message) => ("push", options.order(Map::from_iter([("message".to_owned(), message)]))),
        };
        Order { simulator: options.simulator, path, body }
    }
}

impl Trigger {
    pub(crate) fn order(self) -> Result<Order, ActError> {
        let Self { options, event, set } = self;
        let mut message = event.sample(options.openid.as_deref().unwrap_or(DEMO_OPENID))?;
        message.extend(set_field::fields(set));
        let message = event.in_format(options.format.unwrap_or(Format::Json), message);
        let body = options.order(Map::from_iter([("message".to_owned(), message.into())]));
        Ok(Order { simulator: options.simulator, path: "push", body })
    }
}

impl Replay {
    pub(crate) fn order(self) -> Result<Order, ActError> {
        let Self { mut options, file, set, fresh } = self;
        let text = read(&file).map_err(|source| ActError::File { path: file.clone(), source })?;
        let found = ReplayFile::read(&text).map_err(|source| ActError::NoPush { path: file, source })?;
        options.appid = options.appid.or(found.appid);
        let body = options.order(Map::from_iter([
            ("body".to_owned(), found.body.into()),
            ("set".to_owned(), set_field::fields(set).into()),
            ("fresh".to_owned(), fresh.into()),
        ]));
        Ok(Order { simulator: options.simulator, path: "replay", body })
    }
}

fn read(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        Ok(text)
    } else {
        std::fs::read_to_string(file)
    }
}

impl What {
    /// The message to push; none if it is the last one again.
    fn message(self) -> Option<Value> {
        Some(match self {
            Self::Text { content } => json!({"MsgType": "text", "Content": content}),
            Self::Image { pic_url, media_id } => {
                json!({"MsgType": "image", "PicUrl": pic_url, "MediaId": media_id})
            }
            Self::Miniprogrampage { title, page_path, app_id, thumb_url, thumb_media_id } => json!({
                "MsgType": "miniprogrampage",
                "Title": title,
                "AppId": app_id,
                "PagePath": page_path,
                "ThumbUrl": thumb_url,
                "ThumbMediaId": thumb_media_id,
            }),
            Self::Again => return None,
        })
    }
}
