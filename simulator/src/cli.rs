//! The command line.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use protocol::format::Format;
use protocol::mode::Mode;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::http_clients::HttpClients;
use crate::identity::{Identity, IdentityError};
use crate::mini_program_settings::{self, SettingsError};
use crate::mini_programs::MiniPrograms;
use crate::push::answer_fault::AnswerFaultKind;
use crate::push::attempt::ATTEMPTS;
use crate::push::delivery::{Outcome, Timing};
use crate::push::payment::LONGEST_FIRST_PAUSE;
use crate::push_command::{self, PushCommandError};
use crate::push_url::{self, BadPushUrl};
use crate::serve::{self, ServeError};
use crate::terminal::{complain, say};
use crate::wechat::WeChat;

/// A stand-in for WeChat on your machine: pushes to your URL, answers your calls.
#[derive(Parser)]
#[command(name = "simulator", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play WeChat until Ctrl-C. docs/simulator.md lists the calls that it answers.
    Serve(Serve),
    /// Let a user act, through a running simulator.
    Push(Push),
}

// The environment's values are hidden in --help: some are secrets. Values are parsed after clap, whose complaints would
// repeat them.
#[derive(Args)]
struct Serve {
    /// Where to listen. Anyone who can reach it can push in your mini program's name: keep it on loopback.
    #[arg(long, env = "SIMULATOR_LISTEN", default_value = "127.0.0.1:8199")]
    listen: SocketAddr,
    /// Where to push, as in the console's message push settings. Can be set later.
    #[arg(long, env = "SIMULATOR_PUSH_URL", hide_env_values = true)]
    push_url: Option<String>,
    /// The mini program's appid, wx….
    #[arg(long, env = "SIMULATOR_APPID", hide_env_values = true)]
    appid: String,
    /// The app secret that callers of the token APIs must know.
    #[arg(long, env = "SIMULATOR_APP_SECRET", hide_env_values = true)]
    app_secret: String,
    /// The Token of the message push settings.
    #[arg(long, env = "SIMULATOR_TOKEN", hide_env_values = true)]
    token: String,
    /// The `EncodingAESKey` of the message push settings.
    #[arg(long, env = "SIMULATOR_ENCODING_AES_KEY", hide_env_values = true)]
    encoding_aes_key: String,
    /// Further mini programs, each with users, tokens and a timeline of its own: a JSON array of objects with the strings
    /// `appid`, `app_secret`, `token`, `encoding_aes_key` and, unless it is set later, `push_url`.
    #[arg(long, env = "SIMULATOR_MINI_PROGRAMS", hide_env_values = true, value_name = "JSON")]
    mini_programs: Option<String>,
    /// How many messages a user's entering the session allows. WeChat's older pages say 1.
    #[arg(long, default_value_t = 2)]
    enter_session_quota: u32,
    /// Before an `xpay_*` push that failed comes again. Each of its 15 repeats waits by as much longer than the one before:
    /// 24 seconds altogether unless given. `WeChat` takes hours.
    #[arg(long, value_name = "MILLISECONDS", default_value = "200", value_parser = pause)]
    payment_pause: Duration,
}

/// Why a text is no pause.
#[derive(Debug, thiserror::Error)]
#[error("must be a number of milliseconds, at most {}", LONGEST_FIRST_PAUSE.as_millis())]
struct NoPause;

fn pause(text: &str) -> Result<Duration, NoPause> {
    let pause = text.parse().map(Duration::from_millis).map_err(|_| NoPause)?;
    if pause <= LONGEST_FIRST_PAUSE { Ok(pause) } else { Err(NoPause) }
}

#[derive(Args)]
struct Push {
    /// The running simulator.
    #[arg(long, env = "SIMULATOR_URL", default_value = "http://127.0.0.1:8199", global = true)]
    simulator: Url,
    /// safe, compat or plain.
    #[arg(long, default_value = "safe", global = true)]
    mode: Mode,
    /// json or xml.
    #[arg(long, default_value = "json", global = true)]
    format: Format,
    /// The mini program whose user acts; the first one of the simulator's unless given.
    #[arg(long, global = true)]
    appid: Option<String>,
    /// The user who acts; a demo user unless given.
    #[arg(long, global = true)]
    openid: Option<String>,
    /// Sign as a forger would.
    #[arg(long, global = true)]
    bad_signature: bool,
    /// slow or drop: what becomes of the answers, so that `WeChat` asks again.
    #[arg(long, global = true)]
    fault: Option<AnswerFaultKind>,
    /// How many answers the fault strikes, the first ones; all unless given.
    #[arg(long, global = true, requires = "fault", value_parser = clap::value_parser!(u32).range(1..=i64::from(ATTEMPTS)))]
    fault_attempts: Option<u32>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
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
    /// The user enters the customer-service session.
    Enter {
        /// What the button's session-from attribute says.
        #[arg(long, default_value = "")]
        session_from: String,
    },
    /// Any message or event, as WeChat's JSON; what WeChat adds is filled in where missing.
    Message { json: String },
    /// The user's last push once more, byte for byte.
    Again,
}

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("--{flag}: {rule}", flag = .0.field().replace('_', "-"), rule = .0)]
    Identity(#[from] IdentityError),
    #[error("--mini-programs: {0}")]
    MiniPrograms(#[from] SettingsError),
    #[error("--push-url: {0}")]
    PushUrl(#[from] BadPushUrl),
    #[error("message: must be a JSON object ({0})")]
    Message(#[source] serde_json::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Push(#[from] PushCommandError),
}

impl CliError {
    /// 2 for what was written wrongly, as clap does; 1 for what went wrong.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Identity(_) | Self::MiniPrograms(_) | Self::PushUrl(_) | Self::Message(_) => ExitCode::from(2),
            Self::Serve(_) | Self::Push(_) => ExitCode::from(1),
        }
    }
}

/// Runs the command of this process's arguments.
pub(crate) async fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(serve) => serve.run().await,
        Command::Push(push) => push.run().await,
    };
    done.unwrap_or_else(|error| {
        complain(&error.to_string());
        error.exit_code()
    })
}

impl Serve {
    async fn run(self) -> Result<ExitCode, CliError> {
        let identity = Identity::new(&self.appid, &self.app_secret, &self.token, &self.encoding_aes_key)?;
        let push_url = self.push_url.filter(|text| !text.is_empty()).map(|text| push_url::parse(&text)).transpose()?;
        let further = self.mini_programs.filter(|text| !text.is_empty());
        let further = further.map(|text| mini_program_settings::read(&text, &identity.appid)).transpose()?;
        let listener = serve::bind(self.listen).await?;
        let address = listener.local_addr().map_err(ServeError::from)?;
        let target = push_url.as_ref().map_or("nowhere yet", Url::as_str);
        say(&format!("simulator ready on http://{address}, pushing to {target}"));
        let timing = Timing { payment_pause: self.payment_pause, ..Timing::WECHAT };
        let (quota, clients) = (self.enter_session_quota, HttpClients::new());
        let wechat = |(identity, push_url)| WeChat::new(identity, push_url, quota, timing, clients.clone());
        let further = further.into_iter().flatten().map(wechat);
        serve::serve(listener, MiniPrograms::new(wechat((identity, push_url)), further)).await?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Push {
    async fn run(self) -> Result<ExitCode, CliError> {
        let Self { simulator, mode, format, appid, openid, bad_signature, fault, fault_attempts, what } = self;
        let fault = fault.map(|kind| kind.to_string());
        let (path, order) = match what.message()? {
            None => (
                "push/again",
                json!({"appid": appid, "openid": openid, "fault": fault, "fault_attempts": fault_attempts}),
            ),
            Some(message) => (
                "push",
                json!({
                    "mode": mode.to_string(),
                    "format": format.to_string(),
                    "appid": appid,
                    "openid": openid,
                    "message": message,
                    "bad_signature": bad_signature,
                    "fault": fault,
                    "fault_attempts": fault_attempts,
                }),
            ),
        };
        let delivery = push_command::order(&simulator, path, &order).await?;
        say(&push_command::record(&delivery));
        Ok(match delivery.outcome {
            Outcome::Answered | Outcome::ToAgent => ExitCode::SUCCESS,
            Outcome::FaultNotice => ExitCode::FAILURE,
        })
    }
}

impl What {
    /// The message to push; none if it is the last one again.
    fn message(self) -> Result<Option<Value>, CliError> {
        Ok(Some(match self {
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
            Self::Enter { session_from } => {
                json!({"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": session_from})
            }
            Self::Message { json } => {
                serde_json::from_str::<Map<String, Value>>(&json).map_err(CliError::Message)?.into()
            }
            Self::Again => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_of_push_may_stand_before_or_after_what_is_pushed() {
        for arguments in [["--mode", "plain", "text", "-hi"], ["text", "-hi", "--mode", "plain"]] {
            let cli = Cli::try_parse_from(["simulator", "push"].into_iter().chain(arguments)).unwrap();
            let Command::Push(push) = cli.command else { panic!("push") };
            assert_eq!(push.mode, Mode::Plain);
            assert!(matches!(push.what, What::Text { content } if content == "-hi"));
        }
    }

    #[test]
    fn a_fault_strikes_one_to_four_answers() {
        let parse = |arguments: &[&str]| Cli::try_parse_from([&["simulator", "push", "again"], arguments].concat());
        let Command::Push(push) = parse(&["--fault", "slow", "--fault-attempts", "4"]).unwrap().command else {
            panic!("push")
        };
        assert_eq!((push.fault, push.fault_attempts), (Some(AnswerFaultKind::Slow), Some(4)));
        for wrong in
            [["--fault", "explode"].as_slice(), &["--fault-attempts", "1"], &["--fault=drop", "--fault-attempts=5"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_pause_before_a_payment_is_repeated_is_short_unless_told() {
        let parse = |arguments: &[&str]| {
            let identity = ["--appid=a", "--app-secret=s", "--token=t", "--encoding-aes-key=k"];
            let cli = Cli::try_parse_from([&["simulator", "serve"], &identity[..], arguments].concat())?;
            let Command::Serve(serve) = cli.command else { panic!("serve") };
            Ok::<_, clap::Error>(serve.payment_pause)
        };
        assert_eq!(parse(&[]).unwrap(), Timing::WECHAT.payment_pause);
        assert_eq!(parse(&["--payment-pause=1000"]).unwrap(), Duration::from_secs(1));
        for wrong in ["1001", "-1", "soon"] {
            assert!(parse(&[&format!("--payment-pause={wrong}")]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn help_never_shows_what_the_environment_holds() {
        let serve = Cli::command().find_subcommand("serve").unwrap().clone();
        for argument in serve.get_arguments().filter(|argument| argument.get_env().is_some()) {
            assert!(argument.is_hide_env_values_set() || argument.get_id() == "listen", "{}", argument.get_id());
        }
    }
}
